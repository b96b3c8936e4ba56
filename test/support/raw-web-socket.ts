import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { Changes } from './changes.js';
import { clientFrame, FrameDecoder, type WireFrame } from './web-socket-frames.js';

/** A client that does nothing by itself: it answers no close and no ping, and sends any bytes that a test likes. */
export class RawWebSocket {
  /** The lines of the server's answer to the upgrade, without the blank one. */
  head: string[] = [];
  /** Every frame that has come. */
  readonly frames: WireFrame[] = [];
  /** Settles when the server has ended its side of the socket; rejects never. */
  readonly ended: Promise<void>;
  /** Settles when the socket is gone. */
  readonly closed: Promise<void>;
  private readonly mailbox = new Mailbox<WireFrame>();
  private readonly changes = new Changes();
  private readonly decoder = new FrameDecoder();
  private beginning = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => socket.once('end', resolve));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => this.mailbox.close(new Error('The socket is closed.')));
  }

  /**
   * Connects, asks for the upgrade and waits for the answer.
   *
   * @param along - bytes that are sent together with the request, without waiting for the answer.
   */
  static async open(port: number, headers: Record<string, string> = {}, along: Uint8Array = new Uint8Array()): Promise<RawWebSocket> {
    // Half open, so that it is the test that ends the client's side.
    const peer = new RawWebSocket(connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
    const all = {
      Host: '127.0.0.1',
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    peer.socket.write(Buffer.concat([Buffer.from(`GET /chat HTTP/1.1\r\n${lines.join('')}\r\n`), along]));
    await peer.changes.until(() => peer.head.length > 0);
    return peer;
  }

  /** Bytes of a frame that has not come whole. */
  get rest(): number {
    return this.decoder.rest;
  }

  header(name: string): string | undefined {
    const line = this.head.find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line?.slice(name.length + 1).trim();
  }

  /** Sends a frame, masked as a client has to. */
  send(opcode: number, payload: Uint8Array | string = '', final = true): void {
    this.write(clientFrame(opcode, payload, final));
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next frame, of those that came and were not asked for yet. */
  next(): Promise<WireFrame> {
    return this.mailbox.take(() => true);
  }

  /** Settles when so many frames have come. */
  received(count: number): Promise<void> {
    return this.changes.until(() => this.frames.length >= count);
  }

  private read(bytes: Buffer): void {
    if (this.head.length > 0) this.take(bytes);
    else this.readHead(bytes);
    this.changes.announce();
  }

  private readHead(bytes: Buffer): void {
    this.beginning = Buffer.concat([this.beginning, bytes]);
    const end = this.beginning.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.head = this.beginning.toString('latin1', 0, end).split('\r\n');
    this.take(this.beginning.subarray(end + 4));
  }

  private take(bytes: Buffer): void {
    for (const frame of this.decoder.push(bytes)) {
      this.frames.push(frame);
      this.mailbox.put(frame);
    }
  }
}
