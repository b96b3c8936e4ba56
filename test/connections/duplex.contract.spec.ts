import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { resolveOptions } from '../../lib/common/options.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { DuplexTransport } from '../../lib/connections/transports/duplex.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { Changes } from '../support/changes.js';
import { RecordingEndpoint } from '../support/recording-endpoint.js';
import { describeTransport, type TransportPair, type TransportPeer } from '../support/transport.contract.js';

const CLOSE_TIMEOUT = 5_000;

class StreamPeer implements TransportPeer {
  readonly ended: Promise<'goodbye' | 'cut'>;
  private readonly chunks: Buffer[] = [];
  private readonly changes = new Changes();
  private length = 0;

  constructor(private readonly stream: Duplex) {
    let hasEnded = false;
    stream.on('data', (data: Buffer) => this.take(data));
    stream.on('error', () => undefined);
    stream.once('end', () => {
      hasEnded = true;
      stream.end();
    });
    this.ended = new Promise((resolve) => stream.once('close', () => resolve(hasEnded ? 'goodbye' : 'cut')));
  }

  get backlog(): number {
    return this.stream.writableLength;
  }

  send(...pieces: Uint8Array[]): void {
    for (const piece of pieces) this.stream.write(piece);
  }

  async received(length: number): Promise<Buffer> {
    await this.changes.until(() => this.length >= length);
    return Buffer.concat(this.chunks);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  leave(): void {
    this.stream.end();
  }

  vanish(): void {
    this.stream.destroy();
  }

  private take(data: Buffer): void {
    this.chunks.push(data);
    this.length += data.length;
    this.changes.announce();
  }
}

/** Serves one end of a stream. */
function pairOf(ours: Duplex, theirs: Duplex, server?: Server): TransportPair {
  const clock = new FakeClock();
  const endpoint = new RecordingEndpoint();
  const transport = new DuplexTransport(theirs, CLOSE_TIMEOUT, clock);
  const store = new ConnectionStore(clock, 15_000, 100);
  transport.serve(store.open(endpoint, transport, resolveOptions(connectionOptions), {}));
  const dispose = async (): Promise<void> => {
    ours.destroy();
    theirs.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  };
  return { handler: endpoint.handlers[0], peer: new StreamPeer(ours), clock, closeTimeout: CLOSE_TIMEOUT, dispose };
}

describeTransport('a pair of streams in memory', async () => {
  const [ours, theirs] = duplexPair();
  // Memory has no network that would tell the other end.
  ours.once('close', () => ours.writableFinished || theirs.destroy());
  theirs.once('close', () => theirs.writableFinished || ours.destroy());
  return pairOf(ours, theirs);
});

describeTransport('a TCP socket', async () => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ours = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [theirs] = (await once(server, 'connection')) as [Duplex];
  return pairOf(ours, theirs, server);
});
