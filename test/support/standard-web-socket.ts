import { WebSocket } from 'ws';
import type { WebSocketLike } from '../../lib/connections/transports/given-web-socket.js';

/** A WebSocket as browsers have them, over one of `ws`: no pausing, no cutting, no word when something was sent, few close codes. */
export class StandardWebSocket implements WebSocketLike {
  constructor(private readonly socket: WebSocket) {}

  get binaryType(): string {
    return this.socket.binaryType;
  }

  set binaryType(type: 'arraybuffer') {
    this.socket.binaryType = type;
  }

  get readyState(): number {
    return this.socket.readyState;
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  addEventListener(type: 'message' | 'error' | 'close', listener: (event: any) => void): void {
    this.socket.addEventListener(type as 'message', listener);
  }

  send(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  close(code?: number): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw new DOMException('', 'InvalidAccessError');
    this.socket.close(code);
  }
}
