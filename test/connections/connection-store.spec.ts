import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import type { ConnectionBirth } from '../../lib/connections/connection.birth.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore, type Reservation } from '../../lib/connections/connection.store.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';

const options = resolveOptions(connectionOptions);

/** A fake clock that tells how many listen to its ticks. */
class CountingClock extends FakeClock {
  listening = 0;

  override onTick(task: (now: number) => void): () => void {
    this.listening++;
    const cancel = super.onTick(task);
    return () => {
      this.listening--;
      cancel();
    };
  }
}

describe('a connection store', () => {
  let clock: CountingClock;
  let store: ConnectionStore;
  let chat: RecordingEndpoint;

  beforeEach(() => {
    clock = new CountingClock();
    store = new ConnectionStore(clock, 15_000, 3);
    chat = new RecordingEndpoint('/chat');
  });

  const reserve = (version = 1): Reservation => store.reserve(chat, version) as Reservation;
  const open = (birth: Partial<ConnectionBirth> = {}): RecordingHandler => {
    store.open(chat, new FakeTransport(), options, birth);
    return chat.handlers[chat.handlers.length - 1];
  };

  describe('reserving a place', () => {
    it('A01: hands out an id and a secret token of 22 characters each, which have nothing in common', () => {
      const { id, token } = reserve();
      for (const name of [id, token]) expect(name).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(id).not.toBe(token);
    });

    it('hands out the id as the token to those who negotiate version 0', () => {
      const { id, token } = reserve(0);
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(token).toBe(id);
    });

    it('never hands out a name twice', () => {
      const many = new ConnectionStore(clock, 15_000, 10_000);
      const names = Array.from({ length: 10_000 }, () => many.reserve(chat, 1) as Reservation).flatMap(({ id, token }) => [id, token]);
      expect(new Set(names).size).toBe(20_000);
    });

    it('refuses the 4th of 3 places, and has room again when one comes', () => {
      const first = reserve();
      reserve();
      reserve();
      expect(store.reserve(chat, 1)).toBeUndefined();
      store.claim(first);
      expect(store.reserve(chat, 1)).toBeDefined();
    });

    it('keeps it for one who comes in time, and once only', async () => {
      const reservation = reserve();
      await clock.advance(14_999);
      expect(store.reserved(reservation.token, chat)).toBe(reservation);
      store.claim(reservation);
      expect(store.reserved(reservation.token, chat)).toBeUndefined();
    });

    it('knows who negotiated, where that is known', () => {
      expect(store.reserve(chat, 1, { userIdentifier: 'ada', isSomebody: true })?.userIdentifier).toBe('ada');
      expect(reserve().userIdentifier).toBeUndefined();
    });

    it('drops it with the tick after 15 seconds, but not those that came later', async () => {
      const early = reserve();
      await clock.advance(500);
      const late = reserve();
      await clock.advance(14_500);
      expect(store.reserved(early.token, chat)).toBeUndefined();
      expect(store.reserved(late.token, chat)).toBe(late);
      await clock.advance(1_000);
      expect(store.reserved(late.token, chat)).toBeUndefined();
    });

    it('has room again when places have expired', async () => {
      for (let i = 0; i < 3; i++) reserve();
      await clock.advance(15_000);
      expect(store.reserve(chat, 1)).toBeDefined();
    });

    it('gives it to nobody at another endpoint, and keeps it for its owner', () => {
      const other = new RecordingEndpoint('/other');
      const reservation = reserve();
      expect(store.reserved(reservation.token, other)).toBeUndefined();
      expect(store.reserved(reservation.token, chat)).toBe(reservation);
    });

    it.each(['', 'no-such-token', '__proto__', 'constructor', 'toString'])('knows no place called %j', (token) => {
      reserve();
      expect(store.reserved(token, chat)).toBeUndefined();
      expect(store.find(token, chat)).toBeUndefined();
    });
  });

  describe('with connections', () => {
    it('knows a connection by its token and its endpoint while it lives', () => {
      const { connection } = open(reserve());
      expect(store.find(connection.token, chat)).toBe(connection);
      expect(store.find(connection.id, chat)).toBeUndefined();
      expect(store.find(connection.token, new RecordingEndpoint('/other'))).toBeUndefined();
      connection.close(closeReason('aborted'));
      expect(store.find(connection.token, chat)).toBeUndefined();
    });

    it('opens one under the names that were handed out', () => {
      const { id, token } = reserve();
      expect(open({ id, token }).connection).toMatchObject({ id, token });
    });

    it('gives new names to one that brings none, or only half of them', () => {
      const names = [{}, { id: 'mine' }, { token: 'mine' }].map((birth) => open(birth).connection);
      for (const { id, token } of names) {
        expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(token).not.toBe(id);
      }
    });

    it('counts those that are open: one that ends counts no more, whatever its hooks do', () => {
      const handlers = [open(), open()];
      handlers[0].whenClosed = () => new Promise(() => undefined);
      expect(store.size).toBe(2);
      handlers[0].connection.close(closeReason('aborted'));
      expect(store.size).toBe(1);
    });

    it('has let go of a connection when its farewell is said', () => {
      const handler = open();
      const sizes: number[] = [];
      jest.spyOn(handler, 'farewell').mockImplementation(() => void sizes.push(store.size));
      handler.connection.close(closeReason('aborted'));
      expect(sizes).toEqual([0]);
    });

    it('ticks all of them once a second, and none that has ended', async () => {
      const handlers = [open(), open()];
      await clock.advance(1_000);
      handlers[0].connection.close(closeReason('aborted'));
      await clock.advance(1_500);
      expect(handlers[0].ticks).toEqual([1_000]);
      expect(handlers[1].ticks).toEqual([1_000, 2_000]);
    });

    it('goes on ticking when ticks end connections, their own and others', async () => {
      const handlers = [open(), open(), open(), open()];
      handlers[0].whenTicking = () => handlers[0].connection.close(closeReason('failed'));
      handlers[1].whenTicking = () => handlers[2].connection.close(closeReason('failed'));
      await clock.advance(1_000);
      expect(handlers.map(({ ticks }) => ticks.length)).toEqual([1, 1, 0, 1]);
      expect(store.size).toBe(2);
    });
  });

  describe('of which nobody has need', () => {
    it('does not listen to the clock', () => {
      expect(clock.listening).toBe(0);
    });

    it('listens once for all, and stops when the last place has expired', async () => {
      reserve();
      reserve();
      open().connection.close(closeReason('aborted'));
      expect(clock.listening).toBe(1);
      await clock.advance(14_000);
      expect(clock.listening).toBe(1);
      await clock.advance(1_000);
      expect(clock.listening).toBe(0);
    });

    it('stops when the last connection has gone, and begins again with the next', async () => {
      const { connection } = open();
      connection.close(closeReason('aborted'));
      await connection.ended();
      expect(clock.listening).toBe(0);
      const next = open();
      expect(clock.listening).toBe(1);
      await clock.advance(1_000);
      expect(next.ticks).toHaveLength(1);
    });

    it('stops with the tick after the last place was claimed by one that failed to come', async () => {
      store.claim(reserve());
      await clock.advance(1_000);
      expect(clock.listening).toBe(0);
    });
  });

  describe('shut', () => {
    it('forgets the places it kept, and stops listening to the clock with them', () => {
      const { token } = reserve();
      store.shut();
      expect(store.isClosed).toBe(true);
      expect(store.reserved(token, chat)).toBeUndefined();
      expect(clock.listening).toBe(0);
    });
  });

  describe('waiting for the end of all', () => {
    it('settles at once when there is nobody', async () => {
      await expect(store.allGone()).resolves.toBeUndefined();
    });

    it('waits for the hooks of all, of those that were ending before as well', async () => {
      const finish: (() => void)[] = [];
      const handlers = [open(), open()];
      for (const handler of handlers) handler.whenClosed = () => new Promise((resolve) => finish.push(resolve));
      handlers[0].connection.close(closeReason('aborted'));
      let done = 0;
      const waiting = [store.allGone().then(() => done++), store.allGone().then(() => done++)];
      finish[0]();
      await nextTurn();
      expect(done).toBe(0);
      handlers[1].connection.close(closeReason('shutdown'));
      finish[1]();
      await Promise.all(waiting);
      expect(done).toBe(2);
    });

    it('waits for transports that are still open', async () => {
      const { connection } = open();
      Object.assign(connection.transport, { isStanding: true });
      connection.close(closeReason('shutdown'));
      await connection.ended();
      let isDone = false;
      const waiting = store.allGone().then(() => (isDone = true));
      await nextTurn();
      expect(isDone).toBe(false);
      expect([...store.unfinished]).toEqual([connection]);
      connection.transportEnded();
      await waiting;
      expect(store.unfinished.size).toBe(0);
    });
  });
});
