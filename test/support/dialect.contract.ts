import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import fc from 'fast-check';
import {
  Channel,
  ChannelException,
  Channels,
  ChannelSocket,
  HandleIn,
  HandleOut,
  Join,
  Leave,
  LeaveReason,
  phoenix,
  Reason,
  SignalRError,
  Socket,
} from 'nestjs-signalr';
import type { ChannelCodec, ChannelDialect } from 'nestjs-signalr';
import { closeReason, type CloseCode } from '../../lib/common/close-reason.js';
import type { Session } from '../../lib/channels/session.js';
import { log } from './app-of.js';
import { channelsOf } from './channel-app.js';
import { ChannelPeer } from './channel-peer.js';

/** What a client reads as the answer to what it said. */
export interface Outcome {
  readonly status: 'ok' | 'error';
  readonly payload: unknown;
}

/** A client that speaks the dialect, on whatever carries it. */
export interface DialectClient {
  readonly session: Session;
  join(topic: string, payload?: unknown): Promise<Outcome>;
  leave(topic: string): Promise<unknown>;
  push(topic: string, event: string, payload?: unknown): Promise<Outcome>;
  /** The next such event, said to it or to all. */
  heard(event: string): Promise<{ topic: string; payload: unknown }>;
  /** The topic of which it is told next that the server has closed it. */
  closed(): Promise<string>;
  /** Sends a document as it is. */
  send(document: string | Uint8Array): void;
  vanish(): void;
  /** Settles when the server is done with it. */
  readonly served: Promise<unknown>;
}

/** A dialect, and how its clients are made. */
export interface DialectUnderTest {
  make(): ChannelDialect;
  /** Connects to the endpoint at /other. */
  connect(app: TestingModule): Promise<DialectClient>;
  /** One that reads what it writes. */
  readonly codec: ChannelCodec;
  /** What bytes are when they come to a client. */
  bytes(sent: Uint8Array): unknown;
  /** Documents that no client would send. They end its session, or are passed over. */
  readonly hostile: readonly (string | Uint8Array)[];
}

let left: [topic: string, reason: LeaveReason][] = [];
let heard: unknown[] = [];

@Channel('room:*')
class ContractChannel {
  @Join()
  join(payload: unknown, @Socket() socket: ChannelSocket) {
    if (socket.subtopic === 'full') throw new ChannelException({ reason: 'full', seats: 0 });
    if (socket.subtopic === 'broken') throw new Error('secret');
    return socket.subtopic === 'quiet' ? undefined : { room: socket.subtopic, payload };
  }

  @HandleIn('echo')
  echo(payload: unknown) {
    return { payload };
  }

  @HandleIn('note')
  note(payload: unknown) {
    heard.push(payload);
    return { count: heard.length };
  }

  @HandleIn('refuse')
  refuse() {
    throw new ChannelException({ reason: 'busy' });
  }

  @HandleIn('fail')
  fail() {
    throw new Error('secret');
  }

  @HandleIn('say')
  async say(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return { ok: true };
  }

  @HandleIn('push')
  async push(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.push('pushed', payload);
    return { ok: true };
  }

  @HandleOut('mine')
  mine(payload: object, @Socket() socket: ChannelSocket) {
    return { ...payload, dialect: socket.dialect };
  }

  @Leave()
  leave(@Socket() socket: ChannelSocket, @Reason() reason: LeaveReason) {
    left.push([socket.topic, reason]);
  }
}

const causes: CloseCode[] = ['client-closed', 'transport-closed', 'disconnected', 'shutdown', 'failed', 'internal-error'];

/** The promises that a dialect makes; every dialect has to pass. */
export function describeDialect(name: string, { make, connect, codec, bytes, hostile }: DialectUnderTest): void {
  describe(`${name}, as any dialect,`, () => {
    let app: TestingModule;
    let channels: Channels;
    let client: DialectClient;

    beforeEach(async () => {
      [left, heard] = [[], []];
      const endpoints = [
        { path: '/other', dialect: make() },
        { path: '/socket', dialect: phoenix() },
      ];
      app = await channelsOf([ContractChannel], { channels: endpoints });
      channels = app.get(Channels);
      client = await connect(app);
    });

    afterEach(() => client.vanish());

    describe('joining', () => {
      it('brings what @Join returns', async () => {
        expect(await client.join('room:lobby', { name: 'Ada' })).toEqual({
          status: 'ok',
          payload: { room: 'lobby', payload: { name: 'Ada' } },
        });
      });

      it('brings the answer where that is nothing, too', async () => {
        expect(await client.join('room:quiet')).toMatchObject({ status: 'ok' });
      });

      it('brings the payload of a refusal', async () => {
        expect(await client.join('room:full')).toEqual({ status: 'error', payload: { reason: 'full', seats: 0 } });
      });

      it('brings no secrets', async () => {
        expect(await client.join('room:broken')).toEqual({ status: 'error', payload: { reason: 'join crashed' } });
        expect(log.takeErrors()).toHaveLength(1);
      });

      it('brings that nobody serves a topic', async () => {
        expect(await client.join('hall:1')).toEqual({ status: 'error', payload: { reason: 'unmatched topic' } });
      });

      it('again puts a new socket in the place of the old one', async () => {
        await client.join('room:lobby');
        expect(await client.join('room:lobby')).toMatchObject({ status: 'ok' });
        expect(left).toEqual([['room:lobby', 'rejoin']]);
        expect(await client.push('room:lobby', 'echo', 1)).toEqual({ status: 'ok', payload: { payload: 1 } });
        expect(await channels.info('room:lobby')).toMatchObject({ sockets: 1 });
      });
    });

    describe('pushing', () => {
      beforeEach(() => client.join('room:lobby'));

      it.each([{ text: 'é€😀 \u2028 "\\' }, { deep: [{ a: [1, 2.5, -0.5, 1e21] }] }, { empty: {}, none: null, no: false }])(
        'carries a payload and the reply: %j',
        async (payload) => {
          expect(await client.push('room:lobby', 'echo', payload)).toEqual({ status: 'ok', payload: { payload } });
        },
      );

      it.each(['refuse', 'fail', 'nothing'])('brings the error of %s, and the channel lives', async (event) => {
        const reason = { refuse: 'busy', fail: 'internal error', nothing: 'unmatched event' }[event];
        expect(await client.push('room:lobby', event)).toEqual({ status: 'error', payload: { reason } });
        expect(await client.push('room:lobby', 'echo', 1)).toMatchObject({ status: 'ok' });
        log.takeErrors();
      });

      it('to a topic that was not joined brings an error', async () => {
        expect(await client.push('room:other', 'echo')).toEqual({ status: 'error', payload: { reason: 'unmatched topic' } });
      });

      it('keeps the order, of what is said and of the answers', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => client.push('room:lobby', 'note', { index })));
        expect(answers.map(({ payload }) => payload)).toEqual(Array.from({ length: 50 }, (_, index) => ({ count: index + 1 })));
        expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => ({ index })));
      });

      it('is answered before what is said after it', async () => {
        expect(await client.push('room:lobby', 'push', { n: 1 })).toMatchObject({ status: 'ok' });
        expect(await client.heard('pushed')).toEqual({ topic: 'room:lobby', payload: { n: 1 } });
      });

      it.each(['__proto__', 'constructor', 'hasOwnProperty'])('takes names for data: %s', async (key) => {
        await client.join(`room:${key}`);
        await channels.broadcast(`room:${key}`, key, { text: key });
        expect(await client.heard(key)).toEqual({ topic: `room:${key}`, payload: { text: key } });
      });
    });

    describe('in a topic with clients of another dialect', () => {
      let peer: ChannelPeer;

      beforeEach(async () => {
        await client.join('room:lobby');
        peer = await ChannelPeer.in(app, 'room:lobby');
      });

      it('is heard by them, and hears them', async () => {
        await client.push('room:lobby', 'say', { by: 'client' });
        expect([await client.heard('said'), await peer.next('said')]).toEqual([
          { topic: 'room:lobby', payload: { by: 'client' } },
          { by: 'client' },
        ]);
        await peer.push('room:lobby', 'say', { by: 'peer' });
        expect(await client.heard('said')).toEqual({ topic: 'room:lobby', payload: { by: 'peer' } });
      });

      it('gets the same bytes as all who understand them', async () => {
        const other = await connect(app);
        expect(other.session.encoding).toBe(client.session.encoding);
        other.vanish();
      });

      it('gets bytes in the form that it has for them', async () => {
        const sent = Buffer.from([0, 1, 254, 255]);
        await channels.broadcast('room:lobby', 'raw', sent);
        expect((await client.heard('raw')).payload).toEqual(bytes(sent));
      });

      it('gets what a handler makes for it alone', async () => {
        await channels.broadcast('room:lobby', 'mine', { n: 1 });
        expect((await client.heard('mine')).payload).toEqual({ n: 1, dialect: make().name });
      });

      it('hears nothing of a topic that it has left', async () => {
        await client.leave('room:lobby');
        expect(left).toEqual([['room:lobby', 'leave']]);
        await channels.broadcast('room:lobby', 'said', { n: 1 });
        await client.join('room:lobby');
        await channels.broadcast('room:lobby', 'said', { n: 2 });
        expect((await client.heard('said')).payload).toEqual({ n: 2 });
      });

      it('leaves with its connection, for the reason that says so', async () => {
        client.vanish();
        await client.served;
        expect(left).toEqual([['room:lobby', 'close']]);
      });
    });

    it('is told when a topic is closed', async () => {
      await client.join('room:1');
      await client.join('room:2');
      await channels.close('room:1');
      expect(await client.closed()).toBe('room:1');
      expect(await client.push('room:2', 'echo', 1)).toMatchObject({ status: 'ok' });
    });

    it('says by its name where its clients cannot answer', async () => {
      await client.join('room:lobby');
      const problem = await channels
        .with({ timeout: 1 })
        .ask('room:lobby', 'who?')
        .catch(({ message }: Error) => message);
      const said = `Clients that speak ${make().name} cannot answer`;
      expect(String(problem).startsWith(said)).toBe(!make().canAnswer);
    });

    it.each(hostile.map((document) => [document]))('outlives what no client would send: %j', async (document) => {
      const other = await connect(app);
      await other.join('room:lobby');
      client.send(document);
      expect(await other.push('room:lobby', 'echo', 1)).toMatchObject({ status: 'ok' });
      expect(log.takeErrors()).toEqual([]);
      other.vanish();
    });

    it('reads any bytes at all, or says what is wrong with them', () => {
      const documents = fc.uint8Array({ maxLength: 200 }).map((document) => Buffer.from(document));
      expect(() =>
        fc.assert(fc.property(documents, fc.boolean(), (document, isBinary) => readsOrSays(codec, document, isBinary))),
      ).not.toThrow();
    });

    it('reads any JSON at all, or says what is wrong with it', () => {
      const documents = fc.json().map((text) => Buffer.from(text));
      expect(() => fc.assert(fc.property(documents, (document) => readsOrSays(codec, document, false)))).not.toThrow();
    });

    it.each(causes)('has a code for every end that can be sent: %s', (cause) => {
      const code = make().closeCode(closeReason(cause));
      expect((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)).toBe(true);
    });

    it('is served at paths of its own', () => {
      const paths = make()
        .routes('/some/path')
        .map(({ path }) => path);
      expect(paths.every((path) => path.startsWith('/'))).toBe(true);
      expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
      expect(paths.length).toBeGreaterThan(0);
    });
  });
}

/** Whether a document is read as frames, or refused with an error of the library's own. */
function readsOrSays(codec: ChannelCodec, document: Buffer, isBinary: boolean): boolean {
  try {
    return codec.decode(document, isBinary).every(({ kind }) => typeof kind === 'string');
  } catch (error) {
    return error instanceof SignalRError;
  }
}
