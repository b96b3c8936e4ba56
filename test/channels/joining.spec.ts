import { describe, expect, it } from '@jest/globals';
import { FakeClock } from 'nestjs-signalr/testing';
import { nextTurn } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { left, openJoins, SlowChannel } from '../support/join-channels.js';

describe('what a client says while its join is asking', () => {
  it('waits for the answer, in order; another topic does not', async () => {
    SlowChannel.gate = new Gate();
    const peer = await openJoins();
    const joined = peer.join('slow:1');
    const pinged = peer.push('slow:1', 'ping');
    expect(await peer.join('room:lobby')).toMatchObject({ status: 'ok' });
    expect(await peer.push('room:lobby', 'status')).toMatchObject({ status: 'ok' });
    SlowChannel.gate.open();
    expect(await joined).toMatchObject({ status: 'ok' });
    expect(await pinged).toEqual({ status: 'ok', response: 'pong' });
  });

  it('is a leave, after which it is out', async () => {
    SlowChannel.gate = new Gate();
    const peer = await openJoins();
    const joined = peer.join('slow:1');
    const gone = peer.leave('slow:1');
    SlowChannel.gate.open();
    expect([await joined, await gone]).toEqual([
      { status: 'ok', response: {} },
      { status: 'ok', response: {} },
    ]);
    expect(left).toEqual([['slow:1', 'leave', 'leaving']]);
  });

  it('is a goodbye: @Leave runs once @Join has let it in', async () => {
    SlowChannel.gate = new Gate();
    const peer = await openJoins();
    void peer.join('slow:1').catch(() => undefined);
    await SlowChannel.gate.reached;
    peer.transport.vanish();
    expect(left).toEqual([]);
    SlowChannel.gate.open();
    await peer.served;
    expect(left).toEqual([['slow:1', 'close', 'leaving']]);
  });

  it('is a goodbye: the end of the session does not wait for @Join for ever', async () => {
    const clock = new FakeClock();
    SlowChannel.gate = new Gate();
    const peer = await openJoins({ clock });
    void peer.join('slow:1').catch(() => undefined);
    await SlowChannel.gate.reached;
    peer.transport.vanish();
    await clock.advance(15_000);
    await peer.served;
    expect(left).toEqual([]);
    SlowChannel.gate.open();
    while (left.length === 0) await nextTurn();
    expect(left).toEqual([['slow:1', 'close', 'leaving']]);
  });
});
