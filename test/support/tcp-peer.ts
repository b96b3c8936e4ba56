import { connect, type Socket } from 'node:net';
import { FrameReader, textFraming } from '../../lib/protocol/framing.js';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import type { HubMessage } from '../../lib/protocol/messages.js';
import { Mailbox } from '../../lib/testing/mailbox.js';

/**
 * A client over raw TCP as those of philippseith/signalr are: the handshake record first, then messages of the protocol, and ids that count from 1.
 * Like them it drops the connection on a completion whose id it does not know.
 */
export class TcpPeer {
  /** Settles when the connection is gone. */
  readonly closed: Promise<void>;
  /** Every id that was answered and that nobody waits for. */
  readonly strange: string[] = [];
  private readonly messages = new Mailbox<HubMessage>();
  private readonly handshake = new Mailbox<string>();
  private readonly reader = new FrameReader(textFraming, 0);
  private readonly waiting = new Set<string>();
  private lastId = 0;
  private hasShakenHands = false;

  constructor(
    port: number,
    private readonly protocol: HubProtocol,
    readonly socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }),
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.reader.push(bytes, this.received));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => [this.messages, this.handshake].forEach((box) => box.close(new Error('The connection is gone.'))));
  }

  /** Says which protocol it speaks; the answer as text. */
  shakeHands(): Promise<string> {
    this.socket.write(`{"protocol":"${this.protocol.name}","version":1}\u001e`);
    return this.handshake.take(() => true);
  }

  /** The bytes of messages, to be sent in whichever pieces. */
  bytesOf(...messages: HubMessage[]): Buffer {
    return Buffer.concat(messages.map((message) => Buffer.from(this.protocol.write(message) as string)));
  }

  /** A call that waits for its answer. */
  call(target: string, ...args: unknown[]): HubMessage {
    const invocationId = String(++this.lastId);
    this.waiting.add(invocationId);
    return { type: 1, invocationId, target, arguments: args };
  }

  /** The next message. */
  next(): Promise<HubMessage> {
    return this.messages.take(() => true);
  }

  private readonly received = (bytes: Buffer, start: number, end: number): void => {
    if (!this.hasShakenHands) return this.answered(bytes.toString('utf8', start, end));
    const message = this.protocol.parse(bytes, start, end) as HubMessage;
    if (message.type === 3 && !this.waiting.delete(message.invocationId)) {
      this.strange.push(message.invocationId);
      this.socket.destroy();
    }
    this.messages.put(message);
  };

  private answered(text: string): void {
    this.hasShakenHands = true;
    this.reader.framing = this.protocol.framing;
    this.handshake.put(text);
  }
}
