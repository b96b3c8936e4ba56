import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { Payload } from '../../lib/common/payload.js';
import { Absentees } from '../../lib/connections/absentees.js';
import type { ConnectionBirth } from '../../lib/connections/connection.birth.js';
import { Connection } from '../../lib/connections/connection.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';

describe('a connection', () => {
  let log: string[];
  let clock: FakeClock;
  let transport: FakeTransport;
  let connection: Connection;
  let handler: RecordingHandler;

  beforeEach(() => {
    log = [];
    clock = new FakeClock();
    transport = new FakeTransport(log);
    ({ connection, handler } = connect());
  });

  function connect(birth: Partial<ConnectionBirth> = {}): { connection: Connection; handler: RecordingHandler } {
    const endpoint = new RecordingEndpoint('/chat', log);
    const options = resolveOptions(connectionOptions, { from: 'the test', options: { outbox: { maximum: 1_000 } } });
    const absentees = new Absentees({ resumable: 10, resumablePerUser: 10 });
    const home = {
      clock,
      disconnectTimeout: 15_000,
      absentees,
      left: () => void log.push('leaves'),
      gone: () => void log.push('is gone'),
      released: () => undefined,
      freed: () => undefined,
    };
    const opened = new Connection({ id: 'id', token: 'token', ...birth }, transport, endpoint, options, home);
    return { connection: opened, handler: endpoint.handlers[0] };
  }

  it('has the names and the user that it was born with', async () => {
    await clock.advance(5_000);
    const user = { sub: 'ada' };
    expect(connect({ user }).connection).toMatchObject({ id: 'id', token: 'token', user, connectedAt: new Date('2026-01-01T00:00:05Z') });
  });

  it('keeps the application’s own data', () => {
    const key = {};
    connection.items.set(key, 'value');
    expect(connection.items.get(key)).toBe('value');
  });

  it('hands on what the peer says, and notes when', async () => {
    await clock.advance(3_000);
    connection.receive(Buffer.from('hello'));
    connection.tick(4_000);
    expect(handler.text).toBe('hello');
    expect(connection.lastReceived).toBe(3_000);
    expect(connection.lastSent).toBe(0);
  });

  it('sends at the end of the turn, and notes when it was told', async () => {
    await clock.advance(3_000);
    connection.send('a');
    connection.send(Buffer.from('b'));
    connection.send(new Payload('c'));
    expect(log).toEqual([]);
    await nextTurn();
    expect(log).toEqual(['write abc']);
    connection.tick(4_000);
    expect(connection.lastSent).toBe(3_000);
    expect(connection.lastReceived).toBe(0);
  });

  it('notes nothing with a tick before which nothing was said', async () => {
    connection.receive(Buffer.from('hello'));
    for (const now of [1_000, 2_000]) connection.tick(now);
    expect([connection.lastReceived, connection.lastSent]).toEqual([0, 0]);
  });

  it('does not count as the peer’s silence the time in which it was not read', async () => {
    connection.pause();
    await clock.advance(20_000);
    connection.resume();
    expect(log).toEqual(['pause', 'resume']);
    expect(connection.lastReceived).toBe(20_000);
  });

  it('does not count it either while it lasts, and goes on over another transport without reading', async () => {
    connection.pause();
    connection.tick(20_000);
    expect(connection.lastReceived).toBe(20_000);
    const other = new FakeTransport([]);
    const paused = jest.spyOn(other, 'pause');
    connection.comeBack(other);
    expect(paused).toHaveBeenCalledTimes(1);
  });

  it('hands on the tick', () => {
    connection.tick(1_000);
    expect(handler.ticks).toEqual([1_000]);
  });

  describe('that ends', () => {
    it('leaves the registry, says goodbye, flushes, closes its transport, fires its signal, and only then does the slow things', async () => {
      handler.words = 'bye';
      handler.whenClosed = async () => {
        await nextTurn();
        log.push('hooks are done');
      };
      connection.signal.addEventListener('abort', () => log.push('signal'));
      connection.send('said before ');
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(log).toEqual([
        'leaves',
        'farewell for aborted',
        'write said before bye',
        'transport closes for aborted',
        'signal',
        'handler closed for aborted',
        'hooks are done',
        'is gone',
      ]);
    });

    it('writes what waits although there are no last words', async () => {
      connection.send('said before');
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(transport.written).toEqual(['said before']);
    });

    it('says nothing to a peer that cannot hear', async () => {
      handler.words = 'bye';
      connection.close(closeReason('failed', { peerCanHear: false }));
      await connection.ended();
      expect(log).toEqual(['leaves', 'transport closes for failed', 'handler closed for failed', 'is gone']);
    });

    it('does so once, for the first reason', async () => {
      const first = closeReason('shutdown');
      connection.close(first);
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(connection.closeReason).toBe(first);
      expect(handler.endedFor).toEqual([first]);
      expect(transport.closedFor).toEqual([first]);
      expect(log.filter((entry) => entry === 'is gone')).toHaveLength(1);
    });

    it.each<[string, () => void]>([
      ['its handler’s farewell', () => jest.spyOn(handler, 'farewell').mockImplementation(() => (closeAgain(), 'bye'))],
      ['its transport', () => jest.spyOn(transport, 'close').mockImplementation(() => closeAgain())],
      ['a listener of its signal', () => connection.signal.addEventListener('abort', () => closeAgain())],
      ['its handler’s slow things', () => (handler.whenClosed = async () => closeAgain())],
    ])('is not ended again from %s', async (_, prepare) => {
      prepare();
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(connection.closeReason?.code).toBe('aborted');
      expect(log.filter((entry) => entry === 'leaves')).toHaveLength(1);
      expect(handler.endedFor).toHaveLength(1);
    });

    const closeAgain = (): void => connection.close(closeReason('internal-error'));

    it('may be ended while it receives', async () => {
      handler.whenReceiving = () => connection.close(closeReason('aborted'));
      connection.receive(Buffer.from('a'));
      connection.receive(Buffer.from('b'));
      await connection.ended();
      expect(handler.text).toBe('a');
    });

    it('may be ended by a tick', async () => {
      handler.whenTicking = () => connection.close(closeReason('failed'));
      connection.tick(1_000);
      await connection.ended();
      expect(connection.closeReason?.code).toBe('failed');
    });

    it('sends, receives and hears of its transport no more', async () => {
      handler.whenClosed = async () => connection.send('from the hook');
      connection.close(closeReason('aborted'));
      connection.send('too late');
      connection.receive(Buffer.from('too late'));
      connection.transportClosed(new Error('too late'));
      await connection.ended();
      await nextTurn();
      expect(transport.written).toEqual([]);
      expect(handler.chunks).toEqual([]);
      expect(handler.transportEnds).toEqual([]);
    });

    it('tells everybody who waits for its end, before and after it', async () => {
      const told: string[] = [];
      let finish = (): void => undefined;
      handler.whenClosed = () => new Promise((resolve) => (finish = resolve));
      const waiting = ['first', 'second'].map((name) => connection.ended().then(() => told.push(name)));
      connection.close(closeReason('aborted'));
      waiting.push(connection.ended().then(() => told.push('third')));
      await nextTurn();
      expect(told).toEqual([]);
      finish();
      await Promise.all(waiting);
      expect(told.sort()).toEqual(['first', 'second', 'third']);
      await expect(connection.ended()).resolves.toBeUndefined();
    });
  });

  describe('whose transport ends', () => {
    it('leaves it to its handler to close, when what has arrived is dealt with', async () => {
      handler.whenTransportCloses = () => undefined;
      connection.transportClosed();
      expect(handler.transportEnds).toMatchObject([{ code: 'transport-closed', allowReconnect: true }]);
      expect(connection.closeReason).toBeUndefined();
    });

    it('has failed when the transport says why', async () => {
      const error = new Error('reset');
      connection.transportClosed(error);
      expect(connection.closeReason).toMatchObject({ code: 'failed', error, allowReconnect: true, peerCanHear: false });
      await connection.ended();
      expect(log).not.toContain('farewell for failed');
    });
  });

  describe('the signal of one', () => {
    it('is aborted by its end, and says why', () => {
      const { signal } = connection;
      expect(signal.aborted).toBe(false);
      expect(connection.signal).toBe(signal);
      const error = new Error('broken');
      connection.close(closeReason('failed', { error }));
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toMatchObject({
        code: 'ERR_SIGNALR_CONNECTION_ENDED',
        name: 'OperationCanceledException',
        message: 'The connection failed.',
        cause: error,
      });
    });

    it('is already aborted when it is asked for after the end', () => {
      connection.close(closeReason('shutdown'));
      expect(connection.signal.aborted).toBe(true);
      expect(connection.signal.reason).toMatchObject({ code: 'ERR_SIGNALR_CONNECTION_ENDED', message: 'The server is shutting down.' });
      expect(connection.signal).toBe(connection.signal);
    });
  });

  describe('of a peer that reads too slowly', () => {
    it('is cut, with the option that bounds it in the error', async () => {
      transport.isStuck = true;
      connection.send('x'.repeat(1_000));
      connection.send('y');
      expect(connection.closeReason).toMatchObject({
        code: 'failed',
        peerCanHear: false,
        allowReconnect: true,
        error: { code: 'ERR_SIGNALR_SLOW_CLIENT', message: expect.stringContaining('1000 bytes') },
      });
      await connection.ended();
      expect(log.slice(1)).toEqual(['leaves', 'transport closes for failed', 'handler closed for failed', 'is gone']);
    });

    it('is told the last words, however much waits', async () => {
      handler.words = 'bye';
      connection.send('x'.repeat(1_000));
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(connection.closeReason?.code).toBe('aborted');
      expect(transport.written).toEqual([`${'x'.repeat(1_000)}bye`]);
    });
  });
});
