/** What every WebSocket object writes with. That of `ws` calls back when the operating system has taken what was sent. */
export interface SendingSocket {
  readonly bufferedAmount: number;
  send(data: string | Uint8Array, sent?: () => void): void;
}

/** Writes by a WebSocket's own `send`, one message after the other, and knows when nothing waits any more. */
export class WebSocketSends {
  private whenDrained: (() => void)[] = [];

  constructor(private readonly socket: SendingSocket) {}

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  /** Whether somebody waits for the time when nothing does. */
  get isAwaited(): boolean {
    return this.whenDrained.length > 0;
  }

  onceDrained(callback: () => void): void {
    this.whenDrained.push(callback);
  }

  write(data: string | Uint8Array, isText: boolean): void {
    this.socket.send(isText ? textOf(data) : bytesOf(data), this.look);
  }

  /** Looks whether all has been taken. One that compresses has no stream that would say so. */
  readonly look = (): void => {
    if (this.whenDrained.length === 0 || this.socket.bufferedAmount > 0) return;
    for (const callback of this.whenDrained.splice(0)) callback();
  };
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}
