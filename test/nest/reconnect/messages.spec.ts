import { describe, expect, it } from '@jest/globals';
import { resumableApp } from '../../support/resumable-app.js';
import { ack, PING, ResumablePeer, sequence } from '../../support/resumable-peer.js';

const SECOND = 1_000;

async function joined() {
  const house = await resumableApp();
  const peer = await ResumablePeer.join(house.url);
  /** The network breaks, and the server knows. */
  const cut = async (): Promise<void> => {
    const interrupted = house.next('interrupted');
    await peer.cut();
    await interrupted;
  };
  return { ...house, peer, cut };
}

describe('a client that comes back', () => {
  it('J01: is told again what it has not acknowledged, in order, and nothing else', async () => {
    const { clients, peer, cut } = await joined();
    for (const text of ['one', 'two', 'three', 'four']) await clients.all.send('said', text);
    expect(await peer.hearCalls(4)).toEqual(['one', 'two', 'three', 'four']);
    peer.say(ack(2));
    peer.call('1', 'note', 'read');
    await peer.hearOf(3);
    await cut();
    expect(await peer.resume(2)).toEqual(sequence(3));
    expect(await peer.hearCalls(2)).toEqual(['three', 'four']);
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'read' });
  });

  it('gets what was sent to all, to its groups, to its user and to itself meanwhile', async () => {
    const { clients, peer, cut } = await joined();
    await cut();
    await clients.all.send('said', 'to all');
    await clients.group('all').send('said', 'to the group');
    await clients.client(peer.connectionId).send('said', 'to it');
    expect(await peer.resume(1)).toEqual(sequence(1));
    expect(await peer.hearCalls(3)).toEqual(['to all', 'to the group', 'to it']);
  });

  it('keeps its id, its groups and its signal, and nobody is told that it was gone', async () => {
    const { hub, peer, cut, clients } = await joined();
    await cut();
    await peer.resume(1);
    await clients.group('all').send('said', 'still here');
    expect(await peer.hearCalls(1)).toEqual(['still here']);
    expect([hub.ends, hub.aborts]).toEqual([[], 0]);
  });

  it('is told the number of the next message where all were acknowledged', async () => {
    const { clients, peer, cut } = await joined();
    await clients.all.send('said', 'one');
    await peer.hearCalls(1);
    peer.say(ack(1));
    peer.call('1', 'note', 'read');
    await peer.hear();
    peer.say(ack(2));
    await cut();
    expect(await peer.resume(2)).toEqual(sequence(3));
  });

  it('may come back again and again', async () => {
    const { clients, peer, cut } = await joined();
    for (let time = 1; time <= 5; time++) {
      await cut();
      await clients.all.send('said', time);
      expect(await peer.resume(1)).toEqual(sequence(1));
      expect(await peer.hearCalls(time)).toEqual([1, 2, 3, 4, 5].slice(0, time));
    }
  });

  it('says again what it does not know to have arrived, and each call runs once', async () => {
    const { hub, peer, cut } = await joined();
    peer.call('1', 'note', 'one');
    peer.call('2', 'note', 'two');
    await peer.hearOf(3);
    await peer.hearOf(3);
    await cut();
    await peer.resume(2);
    peer.call('2', 'note', 'two');
    peer.call('3', 'note', 'three');
    expect(await peer.hearOf(3)).toMatchObject({ invocationId: '1' });
    expect(await peer.hearOf(3)).toMatchObject({ invocationId: '2' });
    expect(await peer.hearOf(3)).toMatchObject({ invocationId: '3' });
    expect(hub.notes).toEqual(['one', 'two', 'three']);
  });

  it('says a message again from its beginning of which only a part had come', async () => {
    const { hub, peer, cut } = await joined();
    peer.call('1', 'note', 'one');
    await peer.hearOf(3);
    peer.write('{"type":1,"invocationId":"2","target":"note","argum');
    await cut();
    await peer.resume(2);
    peer.call('2', 'note', 'two');
    await peer.hearOf(3);
    await peer.hearOf(3);
    expect(hub.notes).toEqual(['one', 'two']);
  });

  it('is not listened to before it has said which message is the next', async () => {
    const { hub, peer, cut } = await joined();
    await cut();
    await peer.connect();
    peer.call('1', 'note', 'too soon');
    peer.say(PING, ack(99), sequence(1));
    peer.call('2', 'note', 'now');
    expect(await peer.hearOf(3)).toMatchObject({ invocationId: '2', result: 'now' });
    expect(hub.notes).toEqual(['now']);
  });

  it('finds the answer to a call that ended while it was away', async () => {
    const { hub, peer, cut } = await joined();
    peer.call('1', 'wait');
    await hub.gate.reached;
    await cut();
    hub.gate.open();
    await peer.resume(2);
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'waited' });
  });

  it('answers a question that was asked while it was away', async () => {
    const { clients, peer, cut } = await joined();
    await cut();
    const answer = clients.client(peer.connectionId).invoke('ask', 'Here?');
    await peer.resume(1);
    const { invocationId } = await peer.hearOf(1);
    peer.say({ type: 3, invocationId, result: 'Here.' });
    expect(await answer).toBe('Here.');
  });
});

describe('acks', () => {
  it('go out with the next tick when something has come, and then no more', async () => {
    const { clock, peer } = await joined();
    peer.call('1', 'note', 'one');
    peer.call('2', 'note', 'two');
    await peer.hearOf(3);
    await peer.hearOf(3);
    await clock.advance(SECOND);
    expect(await peer.hear()).toEqual(ack(2));
    await clock.advance(5 * SECOND);
    peer.call('3', 'note', 'three');
    expect(await peer.hear()).toMatchObject({ invocationId: '3' });
  });

  it('count calls, items, completions and cancellations, and nothing else', async () => {
    const { clock, peer } = await joined();
    peer.say({ type: 4, invocationId: '1', target: 'count', arguments: [1] }, { type: 2, invocationId: 'x', item: 1 });
    peer.say({ type: 3, invocationId: 'x' }, { type: 5, invocationId: 'x' }, PING, ack(0));
    peer.call('2', 'note', 'one');
    for (let count = 0; count < 3; count++) await peer.hear();
    await clock.advance(SECOND);
    expect(await peer.hear()).toEqual(ack(5));
  });

  it('are said once more for messages that come again', async () => {
    const { clock, peer, cut } = await joined();
    peer.call('1', 'note', 'one');
    await peer.hear();
    await clock.advance(SECOND);
    await peer.hearOf(8);
    await cut();
    await peer.resume(1);
    peer.call('1', 'note', 'one');
    peer.call('2', 'note', 'two');
    await peer.hearOf(3);
    await peer.hearOf(3);
    await clock.advance(SECOND);
    expect(await peer.hear()).toEqual(ack(2));
  });

  it('wait for the client to come back', async () => {
    const { clock, peer, cut } = await joined();
    peer.call('1', 'note', 'one');
    await peer.hear();
    await cut();
    await clock.advance(3 * SECOND);
    await peer.resume(2);
    await peer.hearOf(3);
    await clock.advance(SECOND);
    expect(await peer.hear()).toEqual(ack(1));
  });
});
