import { unheardRejection } from '../common/unheard-rejection.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import { checkedSettings, type AskSettings } from './ask-settings.js';
import { TrackedSocket, type TrackedView } from './tracked-socket.js';

/** Where a socket is between its join and its leave. */
export type SocketStatus = 'joining' | 'joined' | 'leaving' | 'left';

/** What a socket does by itself with an event; what it returns is the reply. */
export type SocketHandler = (...args: never[]) => unknown;

/** What a session shows. */
export interface SessionView {
  readonly id: string;
  readonly endpoint: string;
  readonly dialect: string;
  readonly params: Readonly<Record<string, string>>;
  readonly request: OpeningRequest | undefined;
  /** The application's own. */
  readonly data: Map<unknown, unknown>;
  readonly isClosed: boolean;
  readonly caller: ChannelSession;
  user: unknown;
  sockets(): ChannelSocket[];
  socket(topic: string): ChannelSocket | undefined;
  join(topic: string): Promise<ChannelSocket>;
  disconnect(code: number | undefined, reason: string | undefined): void;
  expireAfter(milliseconds: number): void;
}

/** What a socket shows. */
export interface SocketView extends TrackedView {
  readonly id: string;
  readonly topic: string;
  readonly subtopic: string;
  readonly params: unknown;
  readonly status: SocketStatus;
  readonly session: SessionView;
  readonly data: Map<unknown, unknown>;
  /** Throws what cannot be written for. */
  push(event: string, args: readonly unknown[]): Promise<void>;
  request(event: string, args: readonly unknown[], settings: AskSettings): Promise<unknown>;
  broadcast(event: string, args: readonly unknown[], isForItself: boolean): Promise<void>;
  listen(event: string, handler: SocketHandler, isOnce: boolean): void;
  forget(event: string): void;
  leave(): void;
}

/**
 * One client in one topic, from its join to its leave: what handlers get by `@Socket()`.
 *
 * @typeParam User - what the application's authentication makes of a request.
 * @typeParam Params - the payload of its join.
 */
export class ChannelSocket<User = unknown, Params = Record<string, unknown>> extends TrackedSocket {
  readonly #socket: SocketView;
  readonly #settings: AskSettings;

  /** @internal */
  constructor(socket: SocketView, settings: AskSettings = {}) {
    super(socket);
    this.#socket = socket;
    this.#settings = settings;
  }

  /** Its own: another join of the same topic is another socket. */
  get id(): string {
    return this.#socket.id;
  }

  get topic(): string {
    return this.#socket.topic;
  }

  /** What the star of the channel's pattern stands for: 'lobby' of 'room:lobby' in 'room:*'. Without a star, what follows the first colon. */
  get subtopic(): string {
    return this.#socket.subtopic;
  }

  /** 'joining' inside `@Join`, 'leaving' inside `@Leave`. */
  get status(): SocketStatus {
    return this.#socket.status;
  }

  /** The path of the endpoint that the client is connected to. */
  get endpoint(): string {
    return this.#socket.session.endpoint;
  }

  /** The name of the dialect that the client speaks, such as 'phoenix'. */
  get dialect(): string {
    return this.#socket.session.dialect;
  }

  /** The payload of its join. */
  get params(): Params {
    return this.#socket.params as Params;
  }

  /** What the application's authentication says about the user. Writing it changes what later calls of the whole session see. */
  get user(): User {
    return this.#socket.session.user as User;
  }

  set user(user: User) {
    this.#socket.session.user = user;
  }

  /** The session that it belongs to. */
  get session(): ChannelSession<User> {
    return this.#socket.session.caller as ChannelSession<User>;
  }

  /** Something of the application's own that was kept for this socket. */
  get<T = unknown>(key: unknown): T | undefined {
    return this.#socket.data.get(key) as T | undefined;
  }

  /** Keeps something of the application's own for this socket. */
  set(key: unknown, value: unknown): void {
    this.#socket.data.set(key, value);
  }

  /**
   * Says something to this client alone. Inside `@Join` it is sent after the reply; a socket that has left gets nothing more.
   *
   * @returns settles when it stands in the client's outbox; rejects for arguments that cannot be written. A rejection that nobody awaits is logged.
   */
  push(event: string, ...args: unknown[]): Promise<void> {
    return this.#attempt(`pushing '${event}'`, () => this.#socket.push(event, args));
  }

  /**
   * Asks this client and waits for its answer.
   *
   * @returns rejects with a ChannelException for the error that the client answers; at once where its dialect has no answers, and inside `@Join`;
   * and when the time is over or the socket leaves.
   */
  request<T = unknown>(event: string, ...args: unknown[]): Promise<T> {
    return this.#socket.request(event, args, this.#settings) as Promise<T>;
  }

  /**
   * Says something to everybody in the topic, this client among them. Inside `@Join` it is sent after the reply, and not at all if the join fails.
   *
   * @returns settles when it stands in the outboxes of the clients here and the backplane has taken it for those elsewhere; inside `@Join` at once.
   * Rejects for arguments that cannot be written. A rejection that nobody awaits is logged.
   */
  broadcast(event: string, ...args: unknown[]): Promise<void> {
    return this.#attempt(`broadcasting '${event}'`, () => this.#socket.broadcast(event, args, true));
  }

  /** The same to everybody else in the topic. */
  broadcastFrom(event: string, ...args: unknown[]): Promise<void> {
    return this.#attempt(`broadcasting '${event}'`, () => this.#socket.broadcast(event, args, false));
  }

  /** Handles an event of this socket by a function of its own, in place of the channel's method; the guards of the channel are asked before. */
  on(event: string, handler: SocketHandler): this {
    this.#socket.listen(event, handler, false);
    return this;
  }

  /** The same for the next such event alone that is not refused and does not fail. */
  once(event: string, handler: SocketHandler): this {
    this.#socket.listen(event, handler, true);
    return this;
  }

  /** Leaves an event to the channel's method again. */
  off(event: string): this {
    this.#socket.forget(event);
    return this;
  }

  /** The socket of the same session in another topic; undefined where it has not joined that. */
  of(topic: string): ChannelSocket<User> | undefined {
    return this.session.socket(topic);
  }

  /** Leaves the topic: from now on it gets nothing more. `@Leave` runs, and the client is told, when the event that is being handled is done. */
  leave(): void {
    this.#socket.leave();
  }

  /**
   * The same socket, whose `request` is made with these settings.
   *
   * @throws SignalRError for a setting that does not exist, or cannot be.
   */
  with(settings: AskSettings): ChannelSocket<User, Params> {
    return new ChannelSocket(this.#socket, { ...this.#settings, ...checkedSettings(settings) });
  }

  #attempt(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      return work();
    } catch (error) {
      return unheardRejection(error, () => this.#socket.report(doing, error));
    }
  }
}

/**
 * One client of an endpoint, from its connect to its end, through all breaks that its dialect bridges: what `onConnected` gets.
 *
 * @typeParam User - what the application's authentication makes of a request.
 */
export class ChannelSession<User = unknown> {
  readonly #session: SessionView;

  /** @internal */
  constructor(session: SessionView) {
    this.#session = session;
  }

  /** Public: other clients may know it. */
  get id(): string {
    return this.#session.id;
  }

  /** The path of the endpoint. */
  get endpoint(): string {
    return this.#session.endpoint;
  }

  /** What the client said when it connected: the query of its request. */
  get params(): Readonly<Record<string, string>> {
    return this.#session.params;
  }

  /** What the application's authentication says about the user. Writing it changes what later calls see. */
  get user(): User {
    return this.#session.user as User;
  }

  set user(user: User) {
    this.#session.user = user;
  }

  /** The application's own data about this client. */
  get data(): Map<unknown, unknown> {
    return this.#session.data;
  }

  /** The raw request that opened it; undefined in a test without one. */
  get request(): OpeningRequest | undefined {
    return this.#session.request;
  }

  /** Its sockets, in the order of their joins. */
  get sockets(): readonly ChannelSocket<User>[] {
    return this.#session.sockets() as ChannelSocket<User>[];
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#session.isClosed;
  }

  /** The socket in a topic; undefined where there is none. */
  socket(topic: string): ChannelSocket<User> | undefined {
    return this.#session.socket(topic) as ChannelSocket<User> | undefined;
  }

  /**
   * Joins a topic in the client's place, as if it had asked for that without a payload: `@Join` and its guards run. The client is told nothing of
   * it but what is said in the topic. Do not wait for it inside a handler of the same topic.
   *
   * @returns rejects with what has refused the join.
   */
  join(topic: string): Promise<ChannelSocket<User>> {
    return this.#session.join(topic) as Promise<ChannelSocket<User>>;
  }

  /**
   * Ends the session.
   *
   * @param code - of the close frame, where WebSockets are spoken; by default the dialect's own for this. phoenix.js comes back after every code but
   * 1000.
   * @param reason - for the client, as the text of the close frame.
   * @throws SignalRError for a code that cannot be sent.
   */
  disconnect(code?: number, reason?: string): void {
    this.#session.disconnect(code, reason);
  }

  /**
   * Ends the session so many milliseconds from now, to the second; the client may come back. Infinity takes that back.
   *
   * @throws SignalRError for what is no number.
   */
  expireAfter(milliseconds: number): void {
    this.#session.expireAfter(milliseconds);
  }
}
