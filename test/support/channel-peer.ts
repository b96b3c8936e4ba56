import type { INestApplicationContext } from '@nestjs/common';
import type { Session } from '../../lib/channels/session.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { turns } from './changes.js';
import { connect, type Connected } from './channel-connect.js';
import type { MemoryTransport } from './memory-transport.js';

/** A frame of Phoenix' version 2. */
export type Frame = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown];

/** What a reply says. */
export interface Reply {
  readonly status: string;
  readonly response: unknown;
}

/** Who connects, and how. */
export interface PeerOptions {
  readonly user?: unknown;
  /** Where the endpoint is. */
  readonly path?: string;
  /** The query with which it connects. */
  readonly query?: string;
}

/** A client that speaks Phoenix' version 2 to an endpoint without a network, and shows every frame. */
export class ChannelPeer {
  /** What the server knows it as. */
  readonly session: Session;
  readonly transport: MemoryTransport;
  /** Settles when the server is done with it. */
  readonly served: Promise<void>;
  private readonly frames = new Mailbox<Frame>();
  private readonly bytes = new Mailbox<Uint8Array>();
  private readonly joinRefs = new Map<string, string>();
  private lastRef = 0;

  private constructor(
    { session, transport, served }: Connected,
    /** Every document that came. */
    readonly documents: (string | Uint8Array)[],
  ) {
    this.session = session;
    this.transport = transport;
    this.served = served;
    void transport.closed.then(({ code, reason }) => this.over(`${code} ${reason.text}`));
  }

  /** Connects; rejects with the server's sentence where it is refused. */
  static async open(app: INestApplicationContext, options: PeerOptions = {}): Promise<ChannelPeer> {
    const documents: (string | Uint8Array)[] = [];
    const peer: { current?: ChannelPeer } = {};
    const connected = await connect(
      app,
      `${options.path ?? '/socket'}/websocket?${options.query ?? 'vsn=2.0.0'}`,
      options.user,
      (document) => {
        documents.push(document);
        peer.current?.read(document);
      },
    );
    peer.current = new ChannelPeer(connected, documents);
    for (const document of documents) peer.current.read(document);
    return peer.current;
  }

  /** Connects and joins a topic. */
  static async in(app: INestApplicationContext, topic: string, options?: PeerOptions): Promise<ChannelPeer> {
    const peer = await ChannelPeer.open(app, options);
    const reply = await peer.join(topic);
    if (reply.status !== 'ok') throw new Error(`It may not join ${topic}: ${JSON.stringify(reply)}`);
    return peer;
  }

  /** Sends a frame as it is. */
  say(...frame: unknown[]): void {
    this.transport.send(JSON.stringify(frame));
  }

  /** Joins a topic and gets the reply. */
  join(topic: string, payload: unknown = {}): Promise<Reply> {
    const ref = this.nextRef();
    this.joinRefs.set(topic, ref);
    this.say(ref, ref, topic, 'phx_join', payload);
    return this.replyTo(ref);
  }

  leave(topic: string): Promise<Reply> {
    return this.push(topic, 'phx_leave', {});
  }

  /** Pushes an event and gets the reply. */
  push(topic: string, event: string, payload: unknown = {}): Promise<Reply> {
    const ref = this.nextRef();
    this.say(this.joinRefs.get(topic) ?? null, ref, topic, event, payload);
    return this.replyTo(ref);
  }

  /** Pushes an event and does not wait; gives the ref by which its reply is known. */
  tell(topic: string, event: string, payload: unknown = {}): string {
    const ref = this.nextRef();
    this.say(this.joinRefs.get(topic) ?? null, ref, topic, event, payload);
    return ref;
  }

  /** The reply to the frame of a ref. */
  async replyTo(ref: string): Promise<Reply> {
    const frame = await this.frames.take(([, of, , event]) => of === ref && event === 'phx_reply');
    return frame[4] as Reply;
  }

  /** The next frame that was not heard yet; replies that somebody waits for are not among them. */
  hear(): Promise<Frame> {
    return this.frames.take(() => true);
  }

  /** The payload of the next such event. */
  async next(event: string): Promise<unknown> {
    return (await this.frames.take((frame) => frame[3] === event))[4];
  }

  /** The next frame of bytes. */
  hearBytes(): Promise<Uint8Array> {
    return this.bytes.take(() => true);
  }

  /** The next frames, so many. */
  async hearing(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.hear());
    return frames;
  }

  /** All that has come in a few turns and nobody has asked for, up to the answer to a heartbeat. */
  async heard(): Promise<Frame[]> {
    await turns(3);
    const ref = this.nextRef();
    this.say(null, ref, 'phoenix', 'heartbeat', {});
    const frames: Frame[] = [];
    for (let frame = await this.hear(); frame[1] !== ref; frame = await this.hear()) frames.push(frame);
    return frames;
  }

  /** The client closes the connection, and the server is done with it. */
  async hangUp(): Promise<void> {
    this.transport.vanish();
    await this.served;
  }

  private over(why: string): void {
    const error = new Error(`The server has closed it: ${why} Heard: ${this.documents.join(' ')}`);
    for (const box of [this.frames, this.bytes]) box.close(error);
  }

  private nextRef(): string {
    return String(++this.lastRef);
  }

  private read(document: string | Uint8Array): void {
    if (typeof document === 'string') this.frames.put(JSON.parse(document) as Frame);
    else this.bytes.put(document);
  }
}
