import { describe, expect, it } from '@jest/globals';
import { Clients, Hub, HubClients, HubConnections, HubMethod, type HubCallerClients, type OnConnected } from 'nestjs-signalr';
import { createTestClient, FakeClock, recordingHubClients } from 'nestjs-signalr/testing';
import { appOf } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

interface Guest {
  confirm(question: string): Promise<boolean>;
}

@Hub('/asking')
class AskingHub implements OnConnected {
  welcome = false;
  readonly trail: unknown[] = [];

  async onConnected(@Clients() clients: HubCallerClients<Guest>) {
    if (this.welcome) this.trail.push(await clients.caller.invoke('confirm', 'Come in?'));
  }

  @HubMethod()
  async ask(question: string, @Clients() clients: HubCallerClients<Guest>) {
    const answer = await clients.caller.invoke('confirm', question);
    this.trail.push(answer);
    return answer;
  }

  @HubMethod()
  note(text: string) {
    this.trail.push(text);
  }
}

type Options = Parameters<typeof appOf>[1];

async function asking(options?: Options) {
  const app = await appOf([AskingHub], options);
  const peer = await HubPeer.join(app, AskingHub);
  const clients = app.get(HubClients) as HubClients<Guest>;
  peer.say(invocation('id', 'note', 'here'));
  await peer.hear();
  const [{ connectionId }] = await app.get(HubConnections).list();
  return { app, hub: app.get(AskingHub), peer, clients, guest: clients.client(connectionId), id: connectionId };
}

const answer = (invocationId: unknown, outcome: object): object => ({ type: 3, invocationId, ...outcome });

describe('a client that is asked', () => {
  it('answers a hub method, while its calls run one at a time', async () => {
    const { peer } = await asking();
    peer.say(invocation('1', 'ask', 'Sure?'));
    const asked = await peer.hear();
    expect(asked).toMatchObject({ type: 1, target: 'confirm', arguments: ['Sure?'], invocationId: expect.stringMatching(/^s\d+$/) });
    peer.say(answer(asked['invocationId'], { result: true }));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: true });
  });

  it.each<[string, object, unknown]>([
    ['a value', { result: { deep: [1] } }, { deep: [1] }],
    ['null', { result: null }, null],
    ['nothing', {}, undefined],
  ])('may answer %s', async (_, outcome, value) => {
    const { peer, guest } = await asking();
    const asked = guest.invoke('confirm', 'x');
    peer.say(answer((await peer.hear())['invocationId'], outcome));
    expect(await asked).toEqual(value);
  });

  it('may answer with an error, which is a HubException', async () => {
    const { peer, guest } = await asking();
    const asked = guest.invoke('confirm', 'x');
    peer.say(answer((await peer.hear())['invocationId'], { error: 'Error: no' }));
    await expect(asked).rejects.toMatchObject({ name: 'HubException', message: 'Error: no' });
  });

  it('D08, G12: may answer in any order, twice, late and what nobody asked: it changes nothing and ends nothing', async () => {
    const { peer, guest } = await asking();
    const [first, second] = [guest.invoke('confirm', '1'), guest.invoke('confirm', '2')];
    const ids = [(await peer.hear())['invocationId'], (await peer.hear())['invocationId']];
    peer.say(
      answer(ids[1], { result: 2 }),
      answer(ids[1], { result: 3 }),
      answer('s99', { result: 4 }),
      answer('__proto__', { result: 5 }),
    );
    peer.say(answer(ids[0], { result: 1 }), answer(ids[0], { error: 'late' }));
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(await peer.ask('note', 'alive')).toMatchObject({ result: null });
  });

  it('G11: cannot answer for another one', async () => {
    const { app, peer, guest } = await asking();
    const other = await HubPeer.join(app, AskingHub);
    const asked = guest.invoke('confirm', 'x');
    const { invocationId } = await peer.hear();
    other.say(answer(invocationId, { result: 'forged' }));
    expect(await other.ask('note', 'alive')).toMatchObject({ result: null });
    peer.say(answer(invocationId, { result: 'mine' }));
    expect(await asked).toBe('mine');
  });

  it('G13: may be asked while it is welcomed', async () => {
    const app = await appOf([AskingHub]);
    app.get(AskingHub).welcome = true;
    const peer = await HubPeer.join(app, AskingHub);
    const { invocationId } = await peer.hear();
    peer.say(answer(invocationId, { result: 'yes' }), invocation('1', 'note', 'after'));
    await peer.hear();
    expect(app.get(AskingHub).trail).toEqual(['yes', 'after']);
  });

  it('is read although it has called too much meanwhile', async () => {
    const { peer, hub } = await asking({ maximumReceiveMessageSize: 200 });
    peer.say(
      invocation('1', 'ask', 'Sure?'),
      ...Array.from({ length: 10 }, () => ({ type: 1, target: 'note', arguments: ['x'.repeat(50)] })),
    );
    const asked = await peer.hear();
    peer.say(answer(asked['invocationId'], { result: 'answered' }));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 'answered' });
    expect(await peer.ask('note', 'last')).toMatchObject({ result: null });
    expect(hub.trail.slice(1)).toHaveLength(12);
  });
});

describe('a client that does not answer', () => {
  it('G09: is waited for 30 seconds, or as long as with() says', async () => {
    const clock = new FakeClock();
    const { peer, guest } = await asking({ clock });
    const [usual, short] = [guest.invoke('confirm', 'x'), guest.with({ timeout: 1_000 }).invoke('confirm', 'y')];
    const outcomes: string[] = [];
    void usual.catch((error: Error) => outcomes.push(`usual ${error.message}`));
    void short.catch((error: Error) => outcomes.push(`short ${error.message}`));
    await clock.advance(1_000);
    expect(outcomes).toEqual(["short The client did not answer 'confirm' within 1000 milliseconds."]);
    await clock.advance(28_999);
    expect(outcomes).toHaveLength(1);
    await clock.advance(1);
    expect(outcomes[1]).toContain('30000');
    await expect(usual).rejects.toMatchObject({ code: 'ERR_SIGNALR_CLIENT_TIMEOUT' });
    expect(await peer.hear()).toMatchObject({ target: 'confirm' });
  });

  it('is waited for no longer when the signal is aborted, or was', async () => {
    const { guest } = await asking();
    const aborter = new AbortController();
    const asked = guest.with({ signal: aborter.signal }).invoke('confirm', 'x');
    aborter.abort('changed my mind');
    await expect(asked).rejects.toMatchObject({ message: 'Invocation canceled by the server.', cause: 'changed my mind' });
    await expect(guest.with({ signal: aborter.signal }).invoke('confirm', 'x')).rejects.toThrow('Invocation canceled by the server.');
  });

  it('G10: because it goes away is gone', async () => {
    const { peer, guest, id } = await asking();
    const asked = guest.invoke('confirm', 'x');
    void asked.catch(() => undefined);
    await peer.hangUp();
    await expect(asked).rejects.toMatchObject({ code: 'ERR_SIGNALR_CLIENT_GONE', message: `Connection '${id}' disconnected.` });
    await expect(guest.invoke('confirm', 'x')).rejects.toThrow(`Connection '${id}' does not exist.`);
  });

  it('G10: is asked no more than limits.pendingClientResults at a time', async () => {
    const { peer, guest } = await asking({ limits: { pendingClientResults: 1 } });
    const first = guest.invoke('confirm', '1');
    await expect(guest.invoke('confirm', '2')).rejects.toThrow('limits.pendingClientResults');
    peer.say(answer((await peer.hear())['invocationId'], { result: 1 }));
    expect(await first).toBe(1);
  });

  it('is not asked what cannot be encoded', async () => {
    const { peer, guest } = await asking();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await expect(guest.invoke('confirm', cycle as never)).rejects.toThrow(TypeError);
    await turns(2);
    expect(await peer.hearsNothing()).toBe(true);
  });
});

describe('with()', () => {
  it('keeps the selector, and the headers go with the message', async () => {
    const { peer, clients } = await asking();
    await clients.all.with({ headers: { trace: '1' } }).send('confirm', 'x');
    expect(await peer.hear()).toMatchObject({ target: 'confirm', headers: { trace: '1' } });
  });

  it.each([
    [{ patience: 1 } as never, "Unknown option 'patience' in with(). Known ones are: headers, key, signal, timeout, whenSlow."],
    [{ timeout: -1 }, "The option 'timeout' in with() is -1. It has to be a number of milliseconds, 0 or more."],
    [{ signal: {} as never }, "'signal'"],
    [{ headers: { a: 1 } as never }, "'headers'"],
  ])('refuses %j', async (settings, text) => {
    const { clients } = await asking();
    expect(() => clients.all.with(settings)).toThrow(text);
  });
});

describe('in tests', () => {
  it('a test client answers by its handlers', async () => {
    const client = await createTestClient(await appOf([AskingHub]), AskingHub, { protocol: 'messagepack' });
    await expect(client.invoke('ask', 'x')).rejects.toThrow("HubException: Client didn't provide a result.");
    client.answer('Confirm', async (question) => `${String(question)}!`);
    expect(await client.invoke('ask', 'Sure?')).toBe('Sure?!');
    client.answer('confirm', () => {
      throw new TypeError('no');
    });
    await expect(client.invoke('ask', 'x')).rejects.toThrow('HubException: TypeError: no');
  });

  it('recorded clients answer what the test says', async () => {
    const clients = recordingHubClients<Guest>(AskingHub);
    await expect(clients.client('x').invoke('confirm', 'Sure?')).rejects.toThrow("call clients.answer('confirm', () => …)");
    clients.answer('confirm', (question) => question === 'Sure?');
    expect(await clients.client('x').invoke('confirm', 'Sure?')).toBe(true);
    expect(clients.calls).toHaveLength(2);
  });
});
