import { describe, expect, it } from '@jest/globals';
import { Hub, HubClients, HubConnections, HubMethod, type SignalRModuleOptions, type SingleClientProxy } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';

interface Guest {
  confirm(question: string): Promise<boolean>;
}

@Hub('/asked')
class AskedHub {
  @HubMethod()
  alive() {
    return 'alive';
  }
}

const clock = new FakeClock();

async function asked(options: SignalRModuleOptions = {}): Promise<{ peer: HubPeer; guest: SingleClientProxy<Guest> }> {
  const app = await appOf([AskedHub], { clock, ...options });
  const peer = await HubPeer.join(app, AskedHub);
  await peer.ask('alive');
  const [{ connectionId }] = await app.get(HubConnections).list();
  return { peer, guest: app.get<HubClients<Guest>>(HubClients).client(connectionId) };
}

describe('an answer of a client', () => {
  it('G09, G12: that comes after its time, or after the question was taken back, is ignored, and the connection lives', async () => {
    const { peer, guest } = await asked();
    const aborter = new AbortController();
    const late = guest.with({ timeout: 1_000 }).invoke('confirm', 'late');
    const takenBack = guest.with({ signal: aborter.signal }).invoke('confirm', 'taken back');
    const ids = [(await peer.hear())['invocationId'], (await peer.hear())['invocationId']];
    const outcomes = Promise.allSettled([late, takenBack]);
    await clock.advance(1_000);
    aborter.abort();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    for (const invocationId of ids) peer.say({ type: 3, invocationId, result: true });
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
  });

  it('G12: is no flood where it comes late together with hundreds of others', async () => {
    const { peer, guest } = await asked({ limits: { invocationsPerSecond: 10 } });
    const ids: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      const asking = Array.from({ length: 100 }, () => guest.with({ timeout: 1_000 }).invoke('confirm', 'late'));
      const outcomes = Promise.allSettled(asking);
      for (const _ of asking) ids.push((await peer.hear())['invocationId']);
      await clock.advance(1_000);
      await outcomes;
    }
    peer.say(...ids.map((invocationId) => ({ type: 3, invocationId, result: true })));
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
  });

  it('G14: that is no message, or too large for one, ends the connection; who asked is told that the client is gone', async () => {
    for (const answer of [(id: unknown) => ({ type: 3, invocationId: id, result: 'x'.repeat(1_000) }), () => ({ type: 3, result: true })]) {
      const { peer, guest } = await asked({ maximumReceiveMessageSize: 500 });
      const outcome = guest.invoke('confirm', 'x').catch((error: unknown) => error);
      peer.say(answer((await peer.hear())['invocationId']));
      expect(await outcome).toMatchObject({ code: 'ERR_SIGNALR_CLIENT_GONE' });
      await peer.served;
    }
  });
});
