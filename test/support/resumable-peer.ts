import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { ask } from './app-request.js';
import { invocation, record, SEPARATOR, type Heard } from './hub-peer.js';

export const PING = { type: 6 };
export const ack = (sequenceId: unknown): object => ({ type: 8, sequenceId });
export const sequence = (sequenceId: unknown): object => ({ type: 9, sequenceId });

/** What a client that wants to come back is answered. */
interface Negotiated {
  readonly connectionId: string;
  readonly connectionToken: string;
  readonly useStatefulReconnect?: boolean;
}

export async function negotiateToResume(hub: string, headers: Record<string, string> = {}, version = 1): Promise<Negotiated> {
  const { body } = await ask('POST', `${hub}/negotiate?negotiateVersion=${version}&useStatefulReconnect=true`, headers);
  return JSON.parse(body) as Negotiated;
}

/** A client that may come back after a break, and says of itself neither acks nor sequences: what it says of these is the test's. */
export class ResumablePeer {
  /** All that was heard over the last socket, the answer to the handshake among it. */
  heard: Heard[] = [];
  private socket!: WebSocket;
  private mailbox = new Mailbox<Heard>();

  private constructor(
    readonly url: string,
    readonly connectionId: string,
    readonly headers: Record<string, string>,
  ) {}

  /** Negotiates, connects, shakes hands and, as official clients do, pings. */
  static async join(hub: string, headers: Record<string, string> = {}, { version = 2, isSilent = false } = {}): Promise<ResumablePeer> {
    const { connectionId, connectionToken } = await negotiateToResume(hub, headers);
    const peer = new ResumablePeer(`${hub}?id=${connectionToken}`, connectionId, headers);
    await peer.connect();
    peer.socket.send(`{"protocol":"json","version":${version}}${SEPARATOR}`);
    await peer.hear();
    if (!isSilent) peer.say(PING);
    return peer;
  }

  /** Opens a socket, without a word. The one before is left to itself. */
  async connect(headers = this.headers): Promise<void> {
    const mailbox = (this.mailbox = new Mailbox<Heard>());
    const heard: Heard[] = (this.heard = []);
    this.socket = new WebSocket(this.url.replace('http', 'ws'), { headers });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => {
      for (const message of messagesOf(data.toString())) {
        heard.push(message);
        mailbox.put(message);
      }
    });
    this.socket.once('close', (code) => mailbox.close(new Error(`The socket is closed: ${code}. Heard: ${JSON.stringify(heard)}`)));
    await once(this.socket, 'open');
  }

  /** Comes back, and says which message is the next. */
  async resume(next: number): Promise<Heard> {
    await this.connect();
    this.say(sequence(next));
    return this.hear();
  }

  /** The status that an attempt to come back is refused with. */
  async refusal(headers = this.headers): Promise<number> {
    const socket = new WebSocket(this.url.replace('http', 'ws'), { headers });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    socket.terminate();
    return response.statusCode;
  }

  /** Goes without a goodbye. */
  async cut(): Promise<void> {
    this.socket.terminate();
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }

  /** The code of the close frame. */
  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }

  /** Says goodbye to the WebSocket alone. */
  leave(): void {
    this.socket.close(1000);
  }

  write(bytes: string): void {
    this.socket.send(bytes);
  }

  say(...messages: object[]): void {
    this.write(messages.map(record).join(''));
  }

  call(id: string, target: string, ...args: unknown[]): void {
    this.say(invocation(id, target, ...args));
  }

  /** The next message, pings aside. */
  hear(): Promise<Heard> {
    return this.mailbox.take(({ type }) => type !== 6);
  }

  /** The next of one kind. */
  hearOf(kind: number): Promise<Heard> {
    return this.mailbox.take(({ type }) => type === kind);
  }

  /** The first arguments of the next so many calls of the server. */
  async hearCalls(count: number): Promise<unknown[]> {
    const calls: unknown[] = [];
    while (calls.length < count) calls.push(((await this.hearOf(1))['arguments'] as unknown[])[0]);
    return calls;
  }
}

function messagesOf(text: string): Heard[] {
  return text
    .split(SEPARATOR)
    .slice(0, -1)
    .map((one) => JSON.parse(one) as Heard);
}
