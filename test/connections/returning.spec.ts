import { beforeEach, describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { Absentees } from '../../lib/connections/absentees.js';
import type { Connection } from '../../lib/connections/connection.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import type { Replay } from '../../lib/connections/replay.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';
import { StallingClock } from '../support/stalling-clock.js';

const SECOND = 1_000;

/** One that can be let go of. */
class LeavingTransport extends FakeTransport {
  abandon(): void {
    this.log.push('is abandoned');
  }
}

describe('a connection that keeps what it sends', () => {
  let log: string[];
  let clock: StallingClock;
  let store: ConnectionStore;
  let transport: LeavingTransport;
  let connection: Connection;
  let handler: RecordingHandler;
  let replay: Replay;

  beforeEach(() => {
    log = [];
    clock = new StallingClock();
    store = new ConnectionStore(clock, 15 * SECOND, 10, new Absentees({ resumable: 1, resumablePerUser: 1 }));
    transport = new LeavingTransport(log);
    ({ connection, handler, replay } = open(transport));
  });

  function open(over: FakeTransport) {
    const endpoint = new RecordingEndpoint('/chat', log);
    const opened = store.open(endpoint, over, resolveOptions(connectionOptions), { mayResume: true });
    const kept = opened.keepForReplay({ bufferSize: 100, maximumMessages: 10 });
    kept.open();
    return { connection: opened, handler: endpoint.handlers[0], replay: kept };
  }

  it('outlives its transport, and is found by its token', () => {
    connection.transportLost();
    expect([connection.isAway, connection.closeReason, store.size]).toEqual([true, undefined, 1]);
    expect(store.find(connection.token, connection.endpoint as never)).toBe(connection);
  });

  it('goes on over the next one', async () => {
    connection.send('a');
    connection.transportLost();
    connection.send('b');
    const next = new FakeTransport();
    connection.comeBack(next);
    replay.open();
    await nextTurn();
    expect([connection.isAway, next.written, transport.written]).toEqual([false, ['ab'], []]);
  });

  it('forgets what is of the moment while nobody hears it', async () => {
    connection.transportLost();
    connection.sendOnce('ping');
    const next = new FakeTransport();
    connection.comeBack(next);
    connection.sendOnce('sequence');
    await nextTurn();
    expect(next.written).toEqual(['sequence']);
  });

  it('lets go of a transport that still stands when the peer comes by another', () => {
    connection.comeBack(new FakeTransport());
    expect(log).toContain('is abandoned');
  });

  it('closes the transport of a peer that comes when it has ended', () => {
    const late = new FakeTransport();
    connection.close(closeReason('aborted'));
    connection.comeBack(late);
    expect([late.closedFor, connection.transport]).toEqual([[closeReason('aborted')], transport]);
  });

  it('takes a transport that takes nothing for one that broke off', async () => {
    transport.bufferedAmount = 1;
    await clock.advance(10 * SECOND);
    expect([log.includes('is abandoned'), connection.isAway, connection.closeReason]).toEqual([true, true, undefined]);
  });

  it('lets streams go on that waited for the transport which is gone', async () => {
    transport.bufferedAmount = 100_000;
    const room = connection.room();
    await nextTurn();
    connection.transportLost();
    await expect(room).resolves.toBeUndefined();
  });

  it('ends without its peer when that does not come in time', async () => {
    connection.transportLost();
    await clock.advance(15 * SECOND);
    expect(handler.endedFor).toEqual([closeReason('transport-closed', { peerCanHear: false })]);
    expect(store.size).toBe(0);
  });

  it('is waited for no longer because it is read again meanwhile', async () => {
    connection.pause();
    connection.transportLost();
    await clock.advance(10 * SECOND);
    connection.resume();
    await clock.advance(5 * SECOND);
    expect(connection.closeReason).toMatchObject({ code: 'transport-closed' });
  });

  it('is not blamed for the time in which the process stood still', async () => {
    connection.transportLost();
    await clock.advance(SECOND);
    clock.lost = 20 * SECOND;
    await clock.advance(13 * SECOND);
    expect(connection.closeReason).toBeUndefined();
    await clock.advance(SECOND);
    expect(connection.closeReason).toBeDefined();
  });

  it('ends at once where too many are away', () => {
    const other = open(new FakeTransport());
    connection.transportLost();
    other.connection.transportLost();
    expect(other.handler.endedFor).toMatchObject([{ code: 'transport-closed', error: { code: 'ERR_SIGNALR_LIMIT' } }]);
  });

  it('makes room for another that is away when it ends', () => {
    const other = open(new FakeTransport());
    connection.transportLost();
    connection.close(closeReason('aborted'));
    other.connection.transportLost();
    expect(other.connection.isAway).toBe(true);
  });

  describe('whose acknowledgement is waited for', () => {
    const sayTooMuch = (): void => {
      for (let count = 0; count < 11; count++) connection.send('a');
    };

    it('may have to wait as long as it is not read, and five seconds from then on', async () => {
      sayTooMuch();
      await clock.advance(2 * SECOND);
      connection.pause();
      await clock.advance(50 * SECOND);
      connection.resume();
      await clock.advance(2 * SECOND);
      expect(connection.closeReason).toBeUndefined();
      await clock.advance(2 * SECOND);
      expect(connection.closeReason).toMatchObject({ error: { code: 'ERR_SIGNALR_UNACKNOWLEDGED' } });
    });

    it('is not blamed for the time in which the process stood still', async () => {
      sayTooMuch();
      await clock.advance(2 * SECOND);
      clock.lost = 20 * SECOND;
      await clock.advance(2 * SECOND);
      expect(connection.closeReason).toBeUndefined();
      await clock.advance(2 * SECOND);
      expect(connection.closeReason).toMatchObject({ error: { code: 'ERR_SIGNALR_UNACKNOWLEDGED' } });
    });

    it('ends when it is not read for a minute: it may be waiting for itself', async () => {
      sayTooMuch();
      connection.pause();
      await clock.advance(60 * SECOND);
      expect(connection.closeReason).toBeUndefined();
      await clock.advance(6 * SECOND);
      expect(connection.closeReason).toMatchObject({ error: { code: 'ERR_SIGNALR_UNACKNOWLEDGED' } });
    });
  });

  it('ends with its transport when it has stopped to keep anything', () => {
    replay.stop();
    connection.transportLost();
    expect(handler.transportEnds).toEqual([closeReason('transport-closed')]);
  });
});
