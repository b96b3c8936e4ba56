import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** What a server says to bytes, by the time that it is through with them. */
export class RawHttp {
  /** All that has come. */
  heard = '';
  /** Settles when the socket is gone. */
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.heard += text));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Sends bytes to the server at `url`, and leaves the socket open. */
  static async send(url: string, bytes: Uint8Array): Promise<RawHttp> {
    const { hostname, port } = new URL(url);
    const asked = new RawHttp(connect({ host: hostname, port: Number(port), allowHalfOpen: true }));
    await once(asked.socket, 'connect');
    asked.socket.write(bytes);
    return asked;
  }

  /** The status of the answer, once its first line is there; undefined where the socket is closed without one. */
  async status(): Promise<number | undefined> {
    while (!this.heard.includes('\r\n') && !this.socket.destroyed && !this.socket.readableEnded)
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'end'), this.closed]).catch(() => undefined);
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(this.heard) ?? [];
    return status === undefined ? undefined : Number(status);
  }

  /** Says that nothing more will come, and waits until the server has closed its side too. */
  async hangUp(): Promise<void> {
    this.socket.end();
    await this.closed;
  }
}
