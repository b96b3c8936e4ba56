import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { HANDSHAKE, invocation, record, SEPARATOR, type Heard } from './hub-peer.js';

/** What came of an attempt to open a WebSocket. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A WebSocket that shows its frames: for what lies between HTTP and the hub protocol. */
export class HubSocket {
  /** The code and the reason of the close frame. */
  readonly closed: Promise<[code: number, reason: string]>;
  private readonly frames = new Mailbox<{ text: string; isBinary: boolean }>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => this.frames.put({ text: data.toString(), isBinary }));
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => {
        this.frames.close(new Error(`The socket is closed: ${code}`));
        resolve([code, reason.toString()]);
      }),
    );
  }

  /** @param url - of HTTP, with path and query. */
  static async open(url: string, options?: ClientOptions): Promise<HubSocket> {
    const socket = new WebSocket(url.replace('http', 'ws'), options);
    const opened = new HubSocket(socket);
    await once(socket, 'open');
    return opened;
  }

  /** Opens and shakes hands. */
  static async join(url: string, options?: ClientOptions): Promise<HubSocket> {
    const socket = await HubSocket.open(url, options);
    socket.socket.send(HANDSHAKE);
    await socket.frame();
    return socket;
  }

  /** The answer to an upgrade that is not granted. */
  static async refusal(url: string, options?: ClientOptions): Promise<Refusal> {
    const socket = new WebSocket(url.replace('http', 'ws'), options);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, AsyncIterable<Buffer> & { statusCode: number }];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
  }

  /** The next frame. */
  frame(): Promise<{ text: string; isBinary: boolean }> {
    return this.frames.take(() => true);
  }

  /** The messages of the next frame. */
  async messages(): Promise<Heard[]> {
    const { text } = await this.frame();
    return text
      .split(SEPARATOR)
      .slice(0, -1)
      .map((one) => JSON.parse(one) as Heard);
  }
  /** Calls a method and gets the whole completion, which has to be the next that is said. */
  async ask(target: string, ...args: unknown[]): Promise<Heard> {
    this.socket.send(record(invocation('1', target, ...args)));
    const [completion] = await this.messages();
    return completion;
  }
}
