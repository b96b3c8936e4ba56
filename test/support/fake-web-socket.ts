import type { WebSocketLike } from '../../lib/connections/transports/given-web-socket.js';

/** A WebSocket as browsers have them, which nothing can pause: it does what the test says. */
export class FakeWebSocket extends EventTarget implements WebSocketLike {
  binaryType = 'blob';
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closedWith: unknown[] = [];

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closedWith.push(code);
  }

  /** The peer is gone. */
  leave(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }

  bring(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}
