import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { Payload } from '../../lib/common/payload.js';
import type { Transport } from '../../lib/connections/transport.js';
import type { FakeClock } from '../../lib/testing/fake-clock.js';
import { nextTurn } from './changes.js';
import type { RecordingHandler } from './recording-endpoint.js';

/** The other end of a transport. */
export interface TransportPeer {
  /** Sends bytes, in the pieces that are given. */
  send(...pieces: Uint8Array[]): void;
  /** Bytes that were sent and that the way to the server has not taken yet. */
  readonly backlog: number;
  /** Everything that has arrived, once it is so many bytes. */
  received(length: number): Promise<Buffer>;
  /** Reads nothing until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Ends the connection as a polite client does. */
  leave(): void;
  /** Is gone without a word. */
  vanish(): void;
  /** Settles when everything is over, with how it looked from here. Where a transport cannot tell the difference, it is a goodbye. */
  readonly ended: Promise<'goodbye' | 'cut'>;
}

/** A connection over the transport, which has not ended. */
export interface TransportPair {
  readonly handler: RecordingHandler;
  readonly peer: TransportPeer;
  readonly clock: FakeClock;
  /** How long a peer may take to leave after the server's goodbye, in milliseconds of the clock. */
  readonly closeTimeout: number;
  /** Why the connection ends when the peer leaves; 'transport-closed' where it is told from one that vanishes by nobody. */
  readonly goodbye?: 'client-closed';
  /** Gives back what the pair holds; whatever has become of it. */
  dispose(): Promise<void>;
}

const PIECE = 65_536;
const MANY_PIECES = 256;

/** 16 MiB, more than any network takes without somebody reading, in pieces that differ. */
const flood = Array.from({ length: MANY_PIECES }, (_, index) => Buffer.alloc(PIECE, `${index},`));
const floodBytes = Buffer.concat(flood);

/**
 * The promises that `Transport` makes; every transport has to pass.
 *
 * @param carries - whether anything but text may be written.
 * @param pauses - whether it can hold its peer back; if not, what comes meanwhile is kept, up to a bound.
 */
export function describeTransport(
  name: string,
  openPair: () => Promise<TransportPair>,
  carries: 'text' | 'bytes' = 'bytes',
  pauses = true,
): void {
  describe(`${name}, as any transport,`, () => {
    let pair: TransportPair;
    let handler: RecordingHandler;
    let peer: TransportPeer;
    let transport: Transport;

    beforeEach(async () => {
      pair = await openPair();
      ({ handler, peer } = pair);
      transport = handler.connection.transport;
    });

    afterEach(() => pair.dispose());

    describe('receiving', () => {
      it('hands on bytes in order, however they were cut', async () => {
        peer.send(...Array.from({ length: 500 }, (_, index) => Buffer.from(`${index};`)));
        const expected = Array.from({ length: 500 }, (_, index) => `${index};`).join('');
        expect(String(await handler.received(expected.length))).toBe(expected);
      });

      it('hands on every byte as it is', async () => {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
        peer.send(bytes);
        expect(await handler.received(256)).toEqual(bytes);
      });

      it('hands on a lot', async () => {
        peer.send(...flood);
        expect((await handler.received(floodBytes.length)).equals(floodBytes)).toBe(true);
      });

      (pauses ? it : it.skip)('holds the peer back while it is paused, and then hands on all', async () => {
        transport.pause();
        peer.send(...flood);
        for (let round = 0; round < 3; round++) await echo();
        expect(peer.backlog).toBeGreaterThan(0);
        expect(handler.bytes.length).toBeLessThan(PIECE);
        transport.resume();
        expect((await handler.received(floodBytes.length)).equals(floodBytes)).toBe(true);
      });

      it('may be paused while it receives, many times', async () => {
        handler.whenReceiving = () => {
          transport.pause();
          setImmediate(() => transport.resume());
        };
        const some = flood.slice(0, 16);
        peer.send(...some);
        expect((await handler.received(16 * PIECE)).equals(Buffer.concat(some))).toBe(true);
      });

      it('may be paused and resumed when there is nothing to read', async () => {
        transport.resume();
        transport.pause();
        transport.pause();
        transport.resume();
        peer.send(Buffer.from('hello'));
        expect(String(await handler.received(5))).toBe('hello');
      });
    });

    describe('writing', () => {
      it('carries text, bytes and shared payloads in order', async () => {
        transport.write('text é€😀 ');
        transport.writeShared(new Payload('shared é '));
        if (carries === 'bytes') transport.setFormat('binary');
        const bytes = carries === 'bytes' ? Buffer.from([0, 128, 255]) : Buffer.from('€');
        transport.write(bytes);
        transport.writeShared(new Payload(Buffer.from('shared bytes')));
        const expected = Buffer.concat([Buffer.from('text é€😀 shared é '), bytes, Buffer.from('shared bytes')]);
        expect(await peer.received(expected.length)).toEqual(expected);
      });

      it('carries one payload to a peer as often as it is written', async () => {
        const payload = new Payload('again ');
        for (let time = 0; time < 3; time++) transport.writeShared(payload);
        expect(String(await peer.received(18))).toBe('again again again ');
        expect(payload.data).toBe('again ');
      });

      it('carries 1 000 messages of one turn in order', async () => {
        const messages = Array.from({ length: 1_000 }, (_, index) => `message ${index};`);
        for (const message of messages) transport.write(message);
        expect(String(await peer.received(messages.join('').length))).toBe(messages.join(''));
      });

      it('tells how much a peer that does not read has still to take', async () => {
        expect(transport.bufferedAmount).toBe(0);
        peer.pause();
        for (const piece of flood) transport.write(piece);
        await nextTurn();
        expect(transport.bufferedAmount).toBeGreaterThan(PIECE);
        peer.resume();
        expect((await peer.received(floodBytes.length)).equals(floodBytes)).toBe(true);
        while (transport.bufferedAmount > 0) await nextTurn();
      });
    });

    describe('written to while the peer does not read', () => {
      it('says when the peer has taken what waits, however little that is', async () => {
        peer.pause();
        // Less than any stream keeps before it says that it is full.
        while (transport.bufferedAmount === 0) await writeALittle();
        let calls = 0;
        const drained = new Promise<void>((resolve) => transport.onceDrained(() => resolve(void calls++)));
        peer.resume();
        while (transport.bufferedAmount > 0) await nextTurn();
        // One that is told nothing looks now and then.
        await pair.clock.advance(1_000);
        await drained;
        await writeALittle();
        await echo();
        expect(calls).toBe(1);
      });
    });

    describe('closed by the server', () => {
      it('says goodbye after what was written before', async () => {
        transport.write(flood[0]);
        transport.write('last words');
        transport.close(closeReason('aborted'));
        expect(await peer.received(PIECE + 10)).toEqual(Buffer.concat([flood[0], Buffer.from('last words')]));
        expect(await peer.ended).toBe('goodbye');
      });

      it('says it once', async () => {
        transport.close(closeReason('aborted'));
        transport.close(closeReason('internal-error'));
        expect(await peer.ended).toBe('goodbye');
        transport.close(closeReason('aborted'));
        await nextTurn();
        expect(handler.transportEnds).toHaveLength(1);
      });

      it('keeps to that when it is told to hurry afterwards', async () => {
        transport.write(flood[0]);
        transport.close(closeReason('aborted'));
        transport.close(closeReason('failed', { peerCanHear: false, error: new Error('broken') }));
        expect((await peer.received(PIECE)).equals(flood[0])).toBe(true);
        expect(await peer.ended).toBe('goodbye');
      });

      it('writes nothing more', async () => {
        transport.write('before');
        transport.close(closeReason('aborted'));
        transport.write('after');
        transport.writeShared(new Payload('after'));
        expect(await peer.ended).toBe('goodbye');
        expect(String(await peer.received(6))).toBe('before');
      });

      it('reads on though it was paused, for it would never see the peer leave', async () => {
        transport.pause();
        peer.send(Buffer.from('unread'));
        transport.close(closeReason('aborted'));
        expect(await peer.ended).toBe('goodbye');
        expect((await handler.transportEnded()).code).toBe('transport-closed');
      });

      it('cuts a peer that neither reads nor leaves, when its time is over', async () => {
        peer.pause();
        for (const piece of flood) transport.write(piece);
        transport.close(closeReason('aborted'));
        await pair.clock.advance(pair.closeTimeout - 1);
        expect(handler.transportEnds).toEqual([]);
        await pair.clock.advance(1);
        await handler.transportEnded();
      });

      it('cuts it earlier when it is told to', async () => {
        peer.pause();
        for (const piece of flood) transport.write(piece);
        transport.close(closeReason('aborted'));
        transport.cut?.();
        expect((await handler.transportEnded()).code).toBe('transport-closed');
      });

      it('cuts a peer that was too slow at once', async () => {
        peer.pause();
        for (const piece of flood) transport.write(piece);
        transport.close(closeReason('failed', { peerCanHear: false, error: new Error('too slow') }));
        expect((await handler.transportEnded()).code).toBe('transport-closed');
        peer.resume();
        await peer.ended;
      });

      it('says when nothing is left of its peer, and not before; for one that comes by itself it does not wait', async () => {
        const expected = transport.isAwaited === true ? 'told' : 'cut';
        const order: string[] = [];
        const told = new Promise<void>((resolve) => (handler.connection.transportEnded = () => resolve(void order.push('told'))));
        peer.pause();
        for (const piece of flood) transport.write(piece);
        expect(transport.isStanding).toBe(true);
        handler.connection.close(closeReason('aborted'));
        await nextTurn();
        order.push('cut');
        transport.cut?.();
        await told;
        expect(order[0]).toBe(expected);
      });

      it('says so of a peer that leaves as well', async () => {
        const told = new Promise<void>((resolve) => (handler.connection.transportEnded = resolve));
        transport.write('last words');
        handler.connection.close(closeReason('aborted'));
        expect(await peer.ended).toBe('goodbye');
        await told;
      });

      it('may be closed while it receives', async () => {
        handler.whenReceiving = () => transport.close(closeReason('aborted'));
        peer.send(Buffer.from('hello'));
        expect(await peer.ended).toBe('goodbye');
      });
    });

    describe('ended by the peer', () => {
      it.each(['leave', 'vanish'] as const)('says so once: %s', async (how) => {
        handler.whenTransportCloses = () => undefined;
        peer[how]();
        await handler.transportEnded();
        transport.close(closeReason('transport-closed'));
        await peer.ended;
        await nextTurn();
        expect(handler.transportEnds).toMatchObject([
          { code: how === 'leave' ? (pair.goodbye ?? 'transport-closed') : 'transport-closed' },
        ]);
      });

      it.each(['leave', 'vanish'] as const)('leaves nothing for the clock to do: %s', async (how) => {
        const waiting = Reflect.get(pair.clock, 'timers') as Set<unknown>;
        peer[how]();
        await handler.connection.ended();
        await peer.ended;
        while (waiting.size > 0) await nextTurn();
        expect(handler.transportEnds).toHaveLength(1);
      });

      it('hands on what was sent before', async () => {
        peer.send(...flood.slice(0, 16), Buffer.from('last words'));
        peer.leave();
        await handler.transportEnded();
        expect(handler.bytes.length).toBe(16 * PIECE + 10);
        expect(handler.text.endsWith('last words')).toBe(true);
      });

      it('may be written to, paused, resumed and closed without an error', async () => {
        peer.vanish();
        await handler.transportEnded();
        transport.write('text');
        transport.writeShared(new Payload('shared'));
        transport.pause();
        transport.resume();
        transport.close(closeReason('aborted'));
        await peer.ended;
        await pair.clock.advance(pair.closeTimeout);
        expect(handler.transportEnds).toHaveLength(1);
      });

      it('in the middle of being written to says so once', async () => {
        peer.pause();
        for (const piece of flood) transport.write(piece);
        peer.vanish();
        await handler.transportEnded();
        await nextTurn();
        expect(handler.transportEnds).toHaveLength(1);
      });
    });

    async function writeALittle(): Promise<void> {
      transport.write('a little '.repeat(400));
      await nextTurn();
    }

    /** A way there: what the server had to read before it was written is in its hands, if it reads at all. */
    async function echo(): Promise<void> {
      const { length } = await peer.received(0);
      transport.write('echo');
      await peer.received(length + 4);
    }
  });
}
