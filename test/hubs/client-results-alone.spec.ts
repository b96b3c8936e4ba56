import { describe, expect, it, jest } from '@jest/globals';
import { Clients, Hub, HubClients, HubConnections, HubMethod, type HubCallerClients } from 'nestjs-signalr';
import { getEventListeners } from 'node:events';
import { appOf, log } from '../support/app-of.js';
import { nextTurn, turns } from '../support/changes.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

@Hub('/forgetful')
class ForgetfulHub {
  failure: unknown;
  whenWelcomed: (clients: HubCallerClients) => Promise<unknown> = async () => undefined;

  onConnected(_: unknown, @Clients() clients: HubCallerClients) {
    return this.whenWelcomed(clients);
  }

  @HubMethod()
  forget(@Clients() clients: HubCallerClients) {
    void clients.caller.invoke('confirm', 1);
  }

  @HubMethod()
  async ask(@Clients() clients: HubCallerClients) {
    return clients.caller.invoke('confirm', 1);
  }

  @HubMethod()
  async askAnother(id: string, @Clients() clients: HubCallerClients) {
    return clients.client(id).invoke('confirm', 1);
  }

  @HubMethod()
  async flood(@Clients() clients: HubCallerClients) {
    for (let i = 0; i < 3; i++) void clients.caller.send('x', 'y'.repeat(6_000));
    this.failure = await clients.caller.invoke('confirm', 'z'.repeat(6_000)).catch((error: unknown) => error);
  }
}

async function joined(options?: Parameters<typeof appOf>[1]) {
  const app = await appOf([ForgetfulHub], options);
  const peer = await HubPeer.join(app, ForgetfulHub);
  await peer.ask('noSuchMethod');
  const [{ connectionId }] = await app.get(HubConnections).list();
  return { app, hub: app.get(ForgetfulHub), peer, guest: app.get(HubClients).client(connectionId) };
}

describe('an invoke that nobody awaits', () => {
  it('is logged once when its client goes away, and ends nothing', async () => {
    const { peer } = await joined();
    expect(await peer.ask('forget')).toMatchObject({ result: null });
    await peer.hangUp();
    await turns(3);
    expect(log.takeErrors()).toEqual([
      expect.stringMatching(/^ForgetfulHub: asking for 'confirm' failed: Connection '.*' disconnected\.$/),
    ]);
  });

  it('is not logged when it is answered, or when somebody listens after all', async () => {
    const { peer, guest } = await joined();
    const asked = guest.invoke('confirm', 1);
    peer.say({ type: 3, invocationId: (await peer.hear())['invocationId'], error: 'no' });
    await expect(asked).rejects.toThrow('no');
    await turns(3);
    expect(log.takeErrors()).toEqual([]);
  });
});

describe('an invoke of a client that goes away meanwhile', () => {
  it('rejects where its own call was too much for the outbox', async () => {
    const { hub, peer } = await joined({ outbox: { highWaterMark: 1_000, maximum: 20_000 }, clientResultTimeout: 0 });
    peer.stream.pause();
    peer.say(invocation('1', 'flood'));
    while (hub.failure === undefined) await nextTurn();
    expect(hub.failure).toMatchObject({ code: 'ERR_SIGNALR_CLIENT_GONE' });
  });

  it.each(['ask', 'onConnected'])('is no fault of the server when that is the caller itself: %s', async (method) => {
    const { app, hub } = await joined();
    if (method === 'onConnected') hub.whenWelcomed = ({ caller }) => caller.invoke('confirm', 1);
    const caller = await HubPeer.join(app, ForgetfulHub);
    caller.say(invocation('1', method));
    await caller.hear();
    await caller.hangUp();
    expect(log.takeErrors()).toEqual([]);
  });

  it('is a fault where that is another one', async () => {
    const { peer } = await joined();
    expect(await peer.ask('askAnother', 'nobody')).toMatchObject({ error: expect.stringContaining('askAnother') });
    expect(log.takeErrors()).toEqual(["ForgetfulHub: invoking 'askAnother' failed: Connection 'nobody' does not exist."]);
  });
});

describe('many invokes with one signal', () => {
  it('leave one listener with it, and none when they are over', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const { guest } = await joined();
    const aborter = new AbortController();
    const { signal } = aborter;
    const asked = Array.from({ length: 20 }, () =>
      guest
        .with({ signal })
        .invoke('confirm', 1)
        .catch((error: Error) => error.message),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    expect(warn).not.toHaveBeenCalled();
    aborter.abort();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['Invocation canceled by the server.']));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    warn.mockRestore();
  });
});

describe('the timeout of with()', () => {
  it.each([null, '', [], true, '50', NaN, -1])('is a number, and not %j', async (timeout) => {
    const { guest } = await joined();
    expect(() => guest.with({ timeout: timeout as number })).toThrow('It has to be a number of milliseconds, 0 or more.');
  });
});
