import { WebSocket } from 'ws';
import { Changes } from './changes.js';
import type { TransportPeer } from './transport.contract.js';

/** A client of another implementation, as far as there is one: the client side of `ws`. */
export class WebSocketPeer implements TransportPeer {
  readonly ended: Promise<'goodbye' | 'cut'>;
  private readonly chunks: Buffer[] = [];
  private readonly changes = new Changes();
  private length = 0;

  constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.take(data));
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => socket.once('close', (code) => resolve(code === 1000 ? 'goodbye' : 'cut')));
  }

  get backlog(): number {
    return this.socket.bufferedAmount;
  }

  send(...pieces: Uint8Array[]): void {
    for (const piece of pieces) this.socket.send(piece);
  }

  async received(length: number): Promise<Buffer> {
    await this.changes.until(() => this.length >= length);
    return Buffer.concat(this.chunks);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  leave(): void {
    this.socket.close(1000);
  }

  vanish(): void {
    this.socket.terminate();
  }

  private take(data: Buffer): void {
    this.chunks.push(data);
    this.length += data.length;
    this.changes.announce();
  }
}
