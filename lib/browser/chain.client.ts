import { Channel, type ChannelHost, type ChannelParams } from './chain.channel.js';
import { chainErrors, type ConnectionError, connectionErrors } from './chain.errors.js';
import { Emitter } from './chain.emitter.js';
import { decode, encode, type Message } from './chain.frames.js';
import { Link } from './chain.link.js';
import type { GetNodes } from './chain.nodes.js';
import type { Push } from './chain.push.js';
import type { TransportConfig } from './chain.stream.js';
import { Tab, tabStorage, type TabStorage } from './chain.tab.js';
import { after, type Cancel } from './chain.timer.js';

export { Channel, type ChannelParams, type ChannelState } from './chain.channel.js';
export { ConnectionError } from './chain.errors.js';
export type { Listener } from './chain.emitter.js';
export type { Message } from './chain.frames.js';
export type { GetNodes } from './chain.nodes.js';
export { Push, type PushStatus } from './chain.push.js';
export type { TransportConfig } from './chain.stream.js';
export type { TabStorage } from './chain.tab.js';

/** Options of a {@link Socket}. Times are milliseconds, but for `getNodesInterval`. */
export interface SocketOptions {
  /** Where the server is: the path of the endpoint, or its whole address. */
  readonly endpoint?: string;
  /** In place of `endpoint`: the addresses of several servers, the best one first. While one does not answer the next one is tried. */
  readonly getNodes?: GetNodes;
  /**
   * How often `getNodes` is asked, in seconds. When another server has become the best one, the socket goes over to it.
   * @default 30
   */
  readonly getNodesInterval?: number;
  /** One way to the server, as a list for the sake of older pages. */
  readonly transport?: readonly [TransportConfig];
  /**
   * How long the server may take to answer.
   * @default 30_000
   */
  readonly timeout?: number;
  /**
   * How long a channel waits before it joins again, after the first failure, the second …; the last one stays.
   * @default [1_000, 2_000, 5_000, 10_000]
   */
  readonly rejoinInterval?: readonly number[];
  /**
   * How long the connection is kept when the last channel is closed.
   * @default 5_000
   */
  readonly disconnectIdleTimeout?: number;
  /**
   * How long the old server is listened to after the socket has gone over to another.
   * @default 5_000
   */
  readonly dropNodeConnectionAfter?: number;
  /** Whether a message has come before: with two servers for a while, one may come from each. It is passed over then. */
  readonly duplicated?: (message: Message) => boolean;
  /** Where the name of the tab is kept. */
  readonly sessionStorage?: TabStorage;
}

/** What a socket is doing. */
export type SocketState = 'disconnected' | 'connecting' | 'connected';

/**
 * A connection to a server that speaks chain, for all channels of a page. It connects with the first channel, comes back by itself when it is
 * lost, and joins the channels again unless the server still has everything as it was.
 *
 * Its events: `open`; `close`; `error` with a {@link ConnectionError}; `message` with each {@link Message}; `message:duplicated`.
 *
 * @example
 * const socket = new Socket({ endpoint: '/chain' });
 * const room = socket.channel('room:lobby', { name: 'Ada' }).on('new_msg', show).join();
 * room.push('new_msg', { body: 'Hello' }).on('ok', clear).on('error', complain);
 */
export class Socket extends Emitter {
  /** What it is doing. */
  state: SocketState = 'disconnected';
  private lastRef = 0;
  private readonly channels = new Map<string, Channel>();
  /** Messages that wait for a reply, by their refs. */
  private readonly awaiting = new Map<number, Push>();
  private readonly link: Link;
  private stopIdling: Cancel = () => {};

  constructor(private readonly options: SocketOptions) {
    super();
    const { endpoint, getNodesInterval = 30, dropNodeConnectionAfter = 5_000, transport = [{}] } = options;
    const getNodes = options.getNodes ?? (endpoint === undefined ? undefined : () => [endpoint]);
    if (getNodes === undefined) throw chainErrors.noServer();
    const settings = { getNodes, getNodesInterval: getNodesInterval * 1_000, dropNodeConnectionAfter, transport: transport[0] };
    this.link = new Link(settings, new Tab(options.sessionStorage ?? tabStorage()), {
      opened: (isResumed) => this.opened(isResumed),
      message: (data) => this.receive(data),
      lost: (error) => this.lost(error),
      missing: () => this.emit('error', connectionErrors.noNodes()),
    });
  }

  /** Connects, unless it is connected or about to be; the first channel does it as well. */
  connect(): void {
    if (this.state !== 'disconnected') return;
    this.state = 'connecting';
    this.link.start();
  }

  /** Ends the connection. The server keeps the session for a while; {@link connect} comes back to it. */
  disconnect(): void {
    if (this.state === 'disconnected') return;
    this.state = 'disconnected';
    this.stopIdling();
    this.link.stop();
    this.emit('close');
  }

  /** Whether there is a connection. */
  isConnected(): boolean {
    return this.state === 'connected';
  }

  /**
   * A channel for a topic; {@link Channel.join} joins it.
   *
   * @param params - go with each join; a function is asked for them.
   */
  channel(topic: string, params: ChannelParams = {}): Channel {
    const channel = new Channel(topic, params, this.asHost());
    this.connect();
    return channel;
  }

  /** What channels need of it, and pages do not. */
  private asHost(): ChannelHost {
    const { timeout = 30_000, rejoinInterval = [1_000, 2_000, 5_000, 10_000] } = this.options;
    const isConnected = (): boolean => this.isConnected();
    return {
      timeout,
      rejoinInterval,
      get isConnected() {
        return isConnected();
      },
      add: (channel) => this.add(channel),
      remove: (channel) => this.remove(channel),
      send: (push, topic, joinRef) => this.send(push, topic, joinRef),
    };
  }

  private add(channel: Channel): void {
    this.stopIdling();
    this.channels.get(channel.topic)?.close('replaced');
    this.channels.set(channel.topic, channel);
    this.connect();
  }

  private remove(channel: Channel): void {
    if (this.channels.get(channel.topic) === channel) this.channels.delete(channel.topic);
    if (this.channels.size > 0) return;
    this.stopIdling();
    this.stopIdling = after(this.options.disconnectIdleTimeout ?? 5_000, () => this.disconnect());
  }

  private send(push: Push, topic: string, joinRef: number | undefined): number {
    const ref = ++this.lastRef;
    this.awaiting.set(ref, push);
    push.whenSettled(() => this.awaiting.delete(ref));
    const frame = encode(joinRef ?? ref, ref, topic, push.event, push.payload);
    void this.post(frame, push, topic);
    return ref;
  }

  private async post(frame: string, push: Push, topic: string): Promise<void> {
    const error = await this.link.send(frame);
    if (error === undefined || push.isSettled) return;
    if (isRefusal(error)) push.settle('error', { reason: error.message });
    else this.channels.get(topic)?.takeBack(push, error.status !== GONE);
  }

  private opened(isResumed: boolean): void {
    this.state = 'connected';
    this.emit('open');
    for (const channel of Array.from(this.channels.values())) channel.opened(isResumed);
  }

  private lost(error: ConnectionError): void {
    this.state = 'connecting';
    this.emit('error', error);
  }

  private receive(data: string): void {
    const message = decode(data);
    if (message === undefined) return;
    if (this.options.duplicated?.(message) === true) return this.emit('message:duplicated', message);
    if (message.kind === 'reply') this.awaiting.get(message.ref ?? 0)?.settle(message.status ?? 'error', message.payload ?? {});
    else this.channels.get(message.topic ?? '')?.receive(message);
    this.emit('message', message);
  }
}

/** The status for a session that the server does not know: it has not looked at the message. */
const GONE = 410;

/** Whether the server has read a message and wants none of it. */
function isRefusal({ status }: ConnectionError): boolean {
  return status === 400 || status === 413;
}
