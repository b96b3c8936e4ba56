import { Duplex, duplexPair, PassThrough, type DuplexOptions } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { DuplexTransport } from '../../lib/connections/transports/duplex.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { nextTurn, turns } from '../support/changes.js';
import { RecordingEndpoint, type RecordingHandler } from '../support/recording-endpoint.js';

const CLOSE_TIMEOUT = 5_000;

describe('a stream', () => {
  const clock = new FakeClock();

  /** Serves a stream as a connection. */
  function serve(stream: Duplex, prepare: (handler: RecordingHandler) => void = () => undefined): RecordingHandler {
    const endpoint = new RecordingEndpoint();
    const transport = new DuplexTransport(stream, CLOSE_TIMEOUT, clock);
    const connection = new ConnectionStore(clock, 15_000, 100).open(endpoint, transport, resolveOptions(connectionOptions), {});
    prepare(endpoint.handlers[0]);
    transport.serve(connection);
    return endpoint.handlers[0];
  }

  /** Both ends of a pair, of which one is served. */
  function connect(options?: DuplexOptions): { ours: Duplex; theirs: Duplex; handler: RecordingHandler } {
    const [ours, theirs] = duplexPair(options);
    return { ours, theirs, handler: serve(theirs) };
  }

  /** A stream that takes what is written, and reads what the test pushes. */
  const standIn = (options: DuplexOptions = {}): Duplex =>
    new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done(), ...options });

  /** Everything that can be read up to the end. */
  async function readAll(stream: Duplex): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return String(Buffer.concat(chunks));
  }

  it('has no name among those of a negotiation, and no format of its own', async () => {
    const { ours, handler } = connect();
    const { transport } = handler.connection;
    expect(transport.name).toBeUndefined();
    transport.write('text é ');
    transport.setFormat('binary');
    transport.write('text');
    transport.close(closeReason('aborted'));
    expect(await readAll(ours)).toBe('text é text');
  });

  it('that gives text gives its bytes', async () => {
    const { ours, theirs, handler } = connect();
    theirs.setEncoding('utf8');
    const bytes = Buffer.from('é€😀');
    for (const byte of bytes) ours.write(Uint8Array.of(byte));
    expect(await handler.received(bytes.length)).toEqual(bytes);
  });

  it('is not read any further than to its end', async () => {
    const { ours, handler } = connect();
    ours.end('all there is');
    expect((await handler.transportEnded()).code).toBe('transport-closed');
    expect(handler.text).toBe('all there is');
  });

  describe('of which the peer has ended its side', () => {
    it('still carries the last words, and is then ended on this side too', async () => {
      const [ours, theirs] = duplexPair();
      const handler = serve(theirs, (served) => (served.words = 'goodbye'));
      ours.end();
      expect(await readAll(ours)).toBe('goodbye');
      await handler.connection.ended();
      expect(theirs.writableEnded).toBe(true);
    });

    it('can be written to for as long as the handler has something to say', async () => {
      const { ours, handler } = connect();
      handler.whenTransportCloses = (reason) => {
        handler.connection.send('an answer');
        setImmediate(() => handler.connection.close(reason));
      };
      ours.end('a call');
      expect(await readAll(ours)).toBe('an answer');
    });
  });

  describe('of which the server has ended its side', () => {
    it('is destroyed when the peer does not end its own in time', async () => {
      const { ours, theirs, handler } = connect({ allowHalfOpen: true });
      ours.resume();
      handler.connection.close(closeReason('aborted'));
      await clock.advance(CLOSE_TIMEOUT - 1);
      expect(theirs.destroyed).toBe(false);
      await clock.advance(1);
      expect(theirs.destroyed).toBe(true);
    });

    it('is left alone when the peer has ended its own, and nothing is left for the clock', async () => {
      const { ours, theirs, handler } = connect();
      ours.resume();
      ours.once('end', () => ours.end());
      handler.connection.close(closeReason('aborted'));
      await turns(5);
      expect(theirs.closed).toBe(true);
      const destroy = jest.spyOn(theirs, 'destroy');
      await clock.advance(2 * CLOSE_TIMEOUT);
      expect(destroy).not.toHaveBeenCalled();
    });

    it('may go on receiving without anybody hearing it', async () => {
      const { ours, handler } = connect();
      handler.connection.close(closeReason('aborted'));
      ours.write('too late');
      await turns(5);
      expect(handler.text).toBe('');
    });
  });

  describe('that fails', () => {
    const error = new Error('the cable broke');

    it('ends its connection once, with the error', async () => {
      const stream = standIn();
      const handler = serve(stream, (served) => (served.whenTransportCloses = () => undefined));
      stream.destroy(error);
      await turns(5);
      expect(handler.transportEnds).toMatchObject([{ code: 'failed', error, peerCanHear: false, allowReconnect: true }]);
    });

    it('does so even if it never closes after that', async () => {
      const stream = standIn({ autoDestroy: false, emitClose: false });
      const handler = serve(stream);
      stream.emit('error', error);
      await handler.connection.ended();
      expect(handler.connection.closeReason).toMatchObject({ code: 'failed', error });
    });

    it('a second time, or after its end, is nobody’s error any more', async () => {
      const stream = standIn({ autoDestroy: false });
      const handler = serve(stream);
      stream.emit('error', error);
      stream.emit('error', new Error('again'));
      const ended = standIn();
      const other = serve(ended);
      ended.push(null);
      await other.transportEnded();
      ended.emit('error', error);
      await turns(5);
      expect(handler.transportEnds).toMatchObject([{ error }]);
      expect(other.transportEnds).toHaveLength(1);
    });

    it('while it is written to ends its connection with the error', async () => {
      const handler = serve(standIn({ write: (_chunk, _encoding, done) => done(error) }));
      handler.connection.send('text');
      expect(await handler.transportEnded()).toMatchObject({ code: 'failed', error });
    });

    it('by throwing while it is written to ends alone: the other peers of that turn get what is theirs', async () => {
      const broken = serve(
        standIn({
          write: () => {
            throw error;
          },
        }),
      );
      const { ours, handler } = connect();
      broken.connection.send('news');
      handler.connection.send('news');
      expect(await broken.transportEnded()).toMatchObject({ code: 'failed', error });
      expect(String(ours.read())).toBe('news');
    });

    it('while it ends is nobody’s error', async () => {
      const stream = standIn({ final: (done) => done(error) });
      const handler = serve(stream);
      handler.connection.close(closeReason('aborted'));
      await turns(5);
      expect(handler.connection.closeReason?.code).toBe('aborted');
      expect(stream.destroyed).toBe(true);
    });
  });

  describe('that has ended before it is served', () => {
    it('ends its connection at once when it was destroyed', async () => {
      const [, theirs] = duplexPair();
      theirs.destroy();
      const handler = serve(theirs);
      expect(handler.transportEnds).toMatchObject([{ code: 'transport-closed' }]);
      await handler.connection.ended();
    });

    it('ends its connection with the error that destroyed it', async () => {
      const error = new Error('broken before');
      const stream = standIn().on('error', () => undefined);
      stream.destroy(error);
      await nextTurn();
      const handler = serve(stream);
      expect(handler.transportEnds).toMatchObject([{ code: 'failed', error }]);
    });

    it('ends its connection at once when it was read to its end', async () => {
      const stream = standIn();
      stream.push(null);
      stream.resume();
      await nextTurn();
      expect(serve(stream).transportEnds).toMatchObject([{ code: 'transport-closed' }]);
    });

    it('hands on what waits in it all the same when it has ended but was not read', async () => {
      const stream = standIn();
      stream.push('waiting');
      stream.push(null);
      const handler = serve(stream);
      await handler.transportEnded();
      expect(handler.text).toBe('waiting');
    });
  });

  describe('whose connection was ended before it is served', () => {
    it('is ended, and what it brings is not heard', async () => {
      const [ours, theirs] = duplexPair();
      ours.write('too late');
      const handler = serve(theirs, ({ connection }) => connection.close(closeReason('aborted')));
      expect(await readAll(ours)).toBe('');
      expect(handler.text).toBe('');
    });
  });

  it('that writes into itself brings its own words', async () => {
    const handler = serve(new PassThrough());
    handler.connection.send('echo');
    expect(String(await handler.received(4))).toBe('echo');
  });

  it('in memory loses nothing that is answered before the write of it returns', async () => {
    const { ours, handler } = connect();
    let answers = 0;
    ours.on('data', () => answers++ < 100 && ours.write('ping'));
    handler.whenReceiving = () => handler.connection.send('pong');
    ours.write('ping');
    expect(String(await handler.received(404))).toBe('ping'.repeat(101));
  });
});
