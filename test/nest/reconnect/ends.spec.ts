import { describe, expect, it } from '@jest/globals';
import { HubConnections, type SignalRModuleOptions } from 'nestjs-signalr';
import { turns } from '../../support/changes.js';
import { resumableApp } from '../../support/resumable-app.js';
import { ack, ResumablePeer, sequence } from '../../support/resumable-peer.js';

const SECOND = 1_000;

async function joined(options?: SignalRModuleOptions) {
  const house = await resumableApp(options);
  const peer = await ResumablePeer.join(house.url);
  const cut = async (): Promise<void> => {
    const interrupted = house.next('interrupted');
    await peer.cut();
    await interrupted;
  };
  return { ...house, peer, cut };
}

const fault = { type: 7, error: 'Connection closed with an error.', allowReconnect: true };

describe('a client that was cut off', () => {
  it('is waited for as long as disconnectTimeout says, and then onDisconnected runs once', async () => {
    const { hub, clock, peer, cut, next } = await joined({ disconnectTimeout: 7 * SECOND });
    await cut();
    await clock.advance(6 * SECOND);
    expect([hub.ends, hub.aborts]).toEqual([[], 0]);
    const disconnected = next('disconnected');
    await clock.advance(SECOND);
    expect(await disconnected).toMatchObject({ code: 'transport-closed', error: undefined });
    expect([hub.ends, hub.aborts]).toEqual([[undefined], 1]);
    expect(await peer.refusal()).toBe(404);
  });

  it('is waited for anew after each break', async () => {
    const { hub, clock, peer, cut } = await joined();
    for (let time = 0; time < 3; time++) {
      await cut();
      await clock.advance(14 * SECOND);
      await peer.resume(1);
    }
    expect(hub.ends).toEqual([]);
  });

  it('is not taken for a silent one, and not pinged', async () => {
    const { hub, clock, peer, cut } = await joined({ disconnectTimeout: 100 * SECOND });
    await cut();
    await clock.advance(90 * SECOND);
    await peer.resume(1);
    expect([hub.ends, peer.heard]).toEqual([[], [sequence(1)]]);
  });

  it('cannot come back when it was disconnected meanwhile', async () => {
    const { app, hub, peer, cut } = await joined();
    await cut();
    expect(await app.get(HubConnections).disconnect(peer.connectionId)).toBe(1);
    await hub.gone.reached;
    expect([hub.ends, await peer.refusal()]).toEqual([[undefined], 404]);
  });

  it('ends with the application, at once', async () => {
    const { app, hub, cut } = await joined();
    await cut();
    await app.close();
    expect(hub.ends).toEqual([undefined]);
  });
});

describe('a client cannot come back', () => {
  it('J11: that was told to go', async () => {
    const { app, hub, peer } = await joined();
    await app.get(HubConnections).disconnect(peer.connectionId);
    expect(await peer.hear()).toEqual({ type: 7 });
    expect(await peer.closed()).toBe(1000);
    await hub.gone.reached;
    expect([hub.ends, await peer.refusal()]).toEqual([[undefined], 404]);
  });

  it('that said goodbye, even while its calls still run', async () => {
    const { hub, peer } = await joined();
    peer.call('1', 'wait');
    await hub.gate.reached;
    peer.say({ type: 7 });
    peer.call('2', 'note', 'too late');
    await turns(20);
    expect(await peer.refusal()).toBe(409);
    hub.gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'waited' });
    expect(await peer.hear()).toEqual({ type: 7 });
    expect(hub.notes).toEqual([]);
  });

  it('that closed its WebSocket with a goodbye', async () => {
    const { hub, peer } = await joined();
    peer.leave();
    await hub.gone.reached;
    expect([hub.ends, await peer.refusal()]).toEqual([[undefined], 404]);
  });

  it('that sent a WebSocket frame which cannot be read', async () => {
    const { hub, peer } = await joined({ webSocket: { maximumFrameSize: 100 } });
    peer.write('x'.repeat(101));
    expect(await peer.closed()).toBe(1009);
    await hub.gone.reached;
    expect([hub.ends, await peer.refusal()]).toEqual([[expect.any(Error)], 404]);
  });

  it('that sent a message which cannot be read', async () => {
    const { hub, peer } = await joined();
    peer.write('no message\u001e');
    expect(await peer.hear()).toEqual(fault);
    await hub.gone.reached;
    expect([hub.ends, await peer.refusal()]).toEqual([[expect.any(Error)], 404]);
  });
});

describe('J04: a Sequence', () => {
  it.each([
    ['of a message that was never sent', 2],
    ['of zero', 0],
    ['of less', -1],
  ])('%s ends the connection', async (_, number) => {
    const { hub, peer, cut } = await joined();
    await cut();
    await peer.connect();
    await peer.hear();
    peer.say(sequence(number));
    expect(await peer.hear()).toEqual(fault);
    await hub.gone.reached;
    expect(hub.ends).toEqual([expect.objectContaining({ name: 'InvalidDataException', message: expect.stringContaining('Sequence') })]);
  });

  it('that comes twice ends the connection', async () => {
    const { peer, cut } = await joined();
    await cut();
    await peer.resume(1);
    peer.say(sequence(1));
    expect(await peer.hear()).toEqual(fault);
  });

  it('before any break ends the connection', async () => {
    const { peer } = await joined();
    peer.say(sequence(1));
    expect(await peer.hear()).toEqual(fault);
  });

  it('of a message that was acknowledged long ago is right: the ack may have been lost', async () => {
    const { hub, peer, cut } = await joined();
    peer.call('1', 'note', 'one');
    await peer.hearOf(3);
    await cut();
    await peer.resume(1);
    peer.call('1', 'note', 'one');
    peer.call('2', 'note', 'two');
    await peer.hearOf(3);
    await peer.hearOf(3);
    expect(hub.notes).toEqual(['one', 'two']);
  });
});

describe('J01: a client that is cut off while it says again what it hears is acknowledged', () => {
  it('goes on behind that', async () => {
    const { hub, clock, peer, cut } = await joined();
    for (const id of ['1', '2', '3']) {
      peer.call(id, 'note', id);
      await peer.hearOf(3);
    }
    await cut();
    await peer.resume(1);
    peer.call('1', 'note', '1');
    await clock.advance(SECOND);
    await peer.hearOf(8);
    await cut();
    await peer.resume(4);
    peer.call('4', 'note', '4');
    while ((await peer.hearOf(3)).invocationId !== '4');
    expect(hub.notes).toEqual(['1', '2', '3', '4']);
  });
});

describe('J05: an Ack', () => {
  it.each([
    ['of a message that was not sent yet', 2],
    ['of less than zero', -1],
    ['of a half', 1.5],
    ['of a text', 'x'],
    ['of nothing', null],
  ])('%s ends the connection', async (_, number) => {
    const { hub, clients, peer } = await joined();
    await clients.all.send('said', 'one');
    await peer.hear();
    peer.say(ack(number));
    expect(await peer.hear()).toEqual(fault);
    await hub.gone.reached;
    expect(hub.ends).toEqual([expect.objectContaining({ name: 'InvalidDataException' })]);
  });

  it('that comes once more, or is older than another, is nothing', async () => {
    const { clients, peer } = await joined();
    for (const text of ['one', 'two']) await clients.all.send('said', text);
    await peer.hearCalls(2);
    peer.say(ack(2), ack(2), ack(1), ack(0));
    peer.call('1', 'note', 'alive');
    expect(await peer.hear()).toMatchObject({ result: 'alive' });
  });
});

describe('J07: a client that comes back while its old socket still stands', () => {
  it('is served by the new one alone, and the old one is cut', async () => {
    const { hub, clients, peer, next } = await joined();
    const old = peer.closed();
    await clients.all.send('said', 'one');
    await peer.hearCalls(1);
    const resumed = next('resumed');
    expect(await peer.resume(1)).toEqual(sequence(1));
    await resumed;
    expect(await old).toBe(1006);
    await clients.all.send('said', 'two');
    expect(await peer.hearCalls(2)).toEqual(['one', 'two']);
    expect([hub.ends, hub.aborts]).toEqual([[], 0]);
  });

  it('says goodbye once', async () => {
    const { hub, peer } = await joined();
    await peer.resume(1);
    peer.leave();
    await hub.gone.reached;
    await turns(20);
    expect(hub.ends).toEqual([undefined]);
  });
});
