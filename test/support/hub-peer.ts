import type { INestApplicationContext } from '@nestjs/common';
import { SignalRServer, type AcceptOptions, type HubClass } from 'nestjs-signalr';
import { duplexPair, type Duplex } from 'node:stream';
import { Mailbox } from '../../lib/testing/mailbox.js';

export const SEPARATOR = '\u001e';
export const HANDSHAKE = `{"protocol":"json","version":1}${SEPARATOR}`;

/** What the server said, as it came out of `JSON.parse`. */
export type Heard = Record<string, unknown>;

/** How a message of the JSON protocol goes over the wire. */
export const record = (message: object): string => JSON.stringify(message) + SEPARATOR;

/** A call that waits for its answer. */
export const invocation = (invocationId: string, target: string, ...args: unknown[]): object => ({
  type: 1,
  invocationId,
  target,
  arguments: args,
});

/** A client that writes any bytes it likes: for what the test client is too well-behaved to say, and to see what really comes back. */
export class HubPeer {
  /** Everything that was heard, the answer to the handshake among it. */
  readonly heard: Heard[] = [];
  /** The same as text, without the separators. */
  readonly texts: string[] = [];
  /** Settles when the stream is closed on both sides. */
  readonly ended: Promise<void>;
  private readonly mailbox = new Mailbox<Heard>();
  private unfinished = '';
  private lastId = 0;

  /**
   * @param stream - the client's end of the pair; `theirs` is the server's.
   * @param served - settles when the server is done with the connection.
   */
  private constructor(
    readonly stream: Duplex,
    readonly theirs: Duplex,
    readonly served: Promise<void>,
  ) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => this.read(chunk));
    stream.once('end', () => stream.end());
    this.ended = new Promise((resolve) => stream.once('close', resolve));
    void this.ended.then(() => this.mailbox.close(new Error(`The connection has ended. Heard: ${JSON.stringify(this.heard)}`)));
  }

  /** Connects and says nothing yet. */
  static open(app: INestApplicationContext, hub: HubClass | string, options?: AcceptOptions): HubPeer {
    const [ours, theirs] = duplexPair();
    return new HubPeer(ours, theirs, app.get(SignalRServer, { strict: false }).accept(hub, theirs, options));
  }

  /** Connects and shakes hands. */
  static async join(app: INestApplicationContext, hub: HubClass | string, options?: AcceptOptions): Promise<HubPeer> {
    const peer = HubPeer.open(app, hub, options);
    peer.write(HANDSHAKE);
    await peer.hear();
    return peer;
  }

  /** Sends bytes as they are. */
  write(bytes: string | Buffer): void {
    this.stream.write(bytes);
  }

  /** Sends messages, all in one chunk. */
  say(...messages: object[]): void {
    this.write(messages.map(record).join(''));
  }

  /** The next message that was not heard yet. */
  hear(): Promise<Heard> {
    return this.mailbox.take(() => true);
  }

  /** Calls a method and gets the whole completion. Other messages stay for `hear`. */
  ask(target: string, ...args: unknown[]): Promise<Heard> {
    const invocationId = `ask-${++this.lastId}`;
    this.say(invocation(invocationId, target, ...args));
    return this.mailbox.take((message) => message['invocationId'] === invocationId);
  }

  /**
   * Whether the server had nothing to say: the answer to a call of no method is the next that comes. With one call at a time all that
   * was said before has been dealt with by then.
   */
  async hearsNothing(): Promise<boolean> {
    const invocationId = `fence-${++this.lastId}`;
    this.say(invocation(invocationId, 'noSuchMethod'));
    return (await this.hear())['invocationId'] === invocationId;
  }

  /** Ends the client's side without a word, and waits until the server is done and its last words, if any, have come. */
  async hangUp(): Promise<void> {
    this.stream.end();
    await this.served;
    await new Promise((resolve) => setImmediate(resolve));
  }

  private read(chunk: string): void {
    const records = (this.unfinished + chunk).split(SEPARATOR);
    this.unfinished = records.pop() as string;
    this.texts.push(...records);
    for (const message of records.map((text) => JSON.parse(text) as Heard)) {
      this.heard.push(message);
      this.mailbox.put(message);
    }
  }
}
