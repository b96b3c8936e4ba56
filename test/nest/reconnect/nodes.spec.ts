import { describe, expect, it } from '@jest/globals';
import { PairedBackplane } from '../../support/paired-nodes.js';
import { ResumableHub, resumableApp } from '../../support/resumable-app.js';
import { ack, ResumablePeer, sequence } from '../../support/resumable-peer.js';

const SECOND = 1_000;

async function node(backplane: PairedBackplane) {
  const authenticate = ({ headers }: { headers: Record<string, unknown> }) => headers['x-user'] && { id: headers['x-user'] };
  const house = await resumableApp({ authenticate }, ResumableHub, (app) => backplane.connect(app, ResumableHub));
  return { ...house, backplane };
}

type Node = Awaited<ReturnType<typeof node>>;

/** Two nodes; Ada is a client of the first, and Bob of the second. */
async function cluster() {
  const [here, there] = await Promise.all(PairedBackplane.pair().map(node));
  const ada = await ResumablePeer.join(here.url, { 'X-User': 'ada' });
  const bob = await ResumablePeer.join(there.url, { 'X-User': 'bob' });
  return { here, there, ada, bob };
}

/** The network breaks, and the client's node knows. */
async function cut({ next }: Node, peer: ResumablePeer): Promise<void> {
  const interrupted = next('interrupted');
  await peer.cut();
  await interrupted;
}

describe('J08: a client that comes back, in a cluster,', () => {
  it('has what both nodes have sent meanwhile, once and in order', async () => {
    const { here, there, ada, bob } = await cluster();
    await there.clients.all.send('said', 'before');
    await cut(here, ada);
    await there.clients.group('all').send('said', 'there to the group');
    await here.clients.group('all').send('said', 'here to the group');
    await there.clients.user('ada').send('said', 'there to the user');
    await here.clients.user('ada').send('said', 'here to the user');
    await there.clients.all.send('said', 'there to all');
    await there.clients.client(ada.connectionId).send('said', 'there to it');
    await here.clients.all.send('said', 'here to all');
    expect(await ada.resume(1)).toEqual(sequence(1));
    await there.clients.all.send('said', 'after');
    expect(await ada.hearCalls(9)).toEqual([
      'before',
      'there to the group',
      'here to the group',
      'there to the user',
      'here to the user',
      'there to all',
      'there to it',
      'here to all',
      'after',
    ]);
    expect(await bob.hearCalls(6)).toEqual(['before', 'there to the group', 'here to the group', 'there to all', 'here to all', 'after']);
  });

  it('has nothing of what was for others, or for all but it', async () => {
    const { here, there, ada, bob } = await cluster();
    await cut(here, ada);
    await there.clients.user('bob').send('said', 'to bob');
    await there.clients.client(bob.connectionId).send('said', 'to bob alone');
    await there.clients.allExcept([ada.connectionId]).send('said', 'to all but ada');
    await there.clients.groupExcept('all', [ada.connectionId]).send('said', 'to the group but ada');
    await there.clients.allExcept([bob.connectionId]).send('said', 'to all but bob');
    await there.clients.all.send('said', 'to all');
    await ada.resume(1);
    expect(await ada.hearCalls(2)).toEqual(['to all but bob', 'to all']);
    expect(await bob.hearCalls(5)).toEqual(['to bob', 'to bob alone', 'to all but ada', 'to the group but ada', 'to all']);
  });

  it('gets once what has more than one of its names', async () => {
    const { here, there, ada } = await cluster();
    await here.clients.client(ada.connectionId).send('said', 'first');
    await cut(here, ada);
    await there.clients.groups(['all', 'others']).send('said', 'to its groups');
    await there.clients.users(['ada', 'bob']).send('said', 'to the users');
    await there.clients.all.send('said', 'last');
    await ada.resume(1);
    expect(await ada.hearCalls(4)).toEqual(['first', 'to its groups', 'to the users', 'last']);
  });

  it('is told again only what it has not acknowledged, wherever that came from', async () => {
    const { here, there, ada } = await cluster();
    for (const { clients } of [there, here, there, here]) await clients.all.send('said', clients === there.clients ? 'there' : 'here');
    await ada.hearCalls(4);
    ada.say(ack(2));
    ada.call('1', 'note', 'read');
    await ada.hearOf(3);
    await cut(here, ada);
    await there.clients.all.send('said', 'meanwhile');
    expect(await ada.resume(2)).toEqual(sequence(3));
    expect(await ada.hearCalls(3)).toEqual(['there', 'here', 'meanwhile']);
  });

  it('loses nothing that crosses at the moment in which it goes, or comes back', async () => {
    const { here, there, ada } = await cluster();
    const sent: Promise<void>[] = [];
    const send = (): unknown => sent.push(there.clients.group('all').send('said', sent.length));
    for (let time = 1; time <= 5; time++) {
      send();
      const gone = cut(here, ada);
      send();
      await gone;
      send();
      const back = ada.resume(1);
      send();
      expect(await back).toEqual(sequence(1));
      send();
      await Promise.all(sent);
      expect(await ada.hearCalls(sent.length)).toEqual(sent.map((_, index) => index));
    }
  });

  it('keeps its names at the backplane while it is away, and not when it is given up', async () => {
    const { here, there, ada } = await cluster();
    const names = ['*', `c${ada.connectionId}`, 'uada', 'gall'];
    await cut(here, ada);
    expect([...here.backplane.names].sort()).toEqual(names.sort());
    const over = here.next('disconnected');
    await here.clock.advance(15 * SECOND);
    await over;
    expect([...here.backplane.names]).toEqual([]);
    expect(there.backplane.names.size).toBe(4);
  });
});
