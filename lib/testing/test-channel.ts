import { ChannelException, channelUseErrors, frameErrors } from '../common/channel-errors.js';
import type { CloseReason } from '../common/close-reason.js';
import { useErrors } from '../common/use-errors.js';
import { paramsOf } from '../channels/query-params.js';
import { normalizePath } from '../connections/request-query.js';
import type { EndpointEntry } from '../channels/channel.entry.js';
import type { FrameStatus } from '../channels/frames.js';
import type { Connection } from '../connections/connection.js';
import { Mailbox } from './mailbox.js';
import { readTold, TestCodec, writeFrame, type Told } from './test-channel.codec.js';
import { TestChannelTransport } from './test-channel.transport.js';
import { serverOf, type TestedApplication } from './tested-application.js';

/** Who a test channel is, and where it connects. */
export interface TestChannelOptions {
  /** What `session.params` is: the query of a client's connect. */
  readonly params?: Readonly<Record<string, string>>;
  /** What `session.user` and `socket.user` are. */
  readonly user?: unknown;
  /**
   * The path of the endpoint.
   * @default the one at which the topic can be joined; an error where there are several
   */
  readonly endpoint?: string;
}

const OPTIONS: readonly string[] = ['params', 'user', 'endpoint'] satisfies (keyof TestChannelOptions)[];

type Reply = Told & { readonly kind: 'reply' };
type Event = Told & { readonly kind: 'event' };

/**
 * Connects to an endpoint of channels without a port or a network, whatever the dialect of that is, for one topic. `onConnected` runs, guards
 * above the endpoint are not asked: the test says who it is. Payloads become JSON on their way, as for any client.
 *
 * @param app - the application; `await app.init()` first.
 * @param topic - the one that {@link TestChannel.join} joins.
 * @returns rejects with the server's sentence when `onConnected` refuses, for a topic that no endpoint or more than one serves, and for what is no topic.
 * @example
 * const room = await createTestChannel(app, 'room:lobby', { user: { id: 'ada' } });
 * await room.join({ name: 'Ada' });
 * expect(await room.expectReply(room.push('new_msg', { body: 'Hello' }))).toEqual({ ok: true });
 * expect(await room.next('new_msg')).toEqual({ body: 'Hello', by: 'Ada' });
 */
export async function createTestChannel(app: TestedApplication, topic: string, options: TestChannelOptions = {}): Promise<TestChannel> {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw useErrors.unknownOption(unknown, 'createTestChannel', OPTIONS);
  if (typeof topic !== 'string' || topic === '') throw channelUseErrors.wrongName('topic', topic);
  const entry = entryFor(serverOf(app).channelEntries(), topic, options.endpoint);
  const { user, params = {} } = options;
  const entrant = { user, userIdentifier: entry.endpoint.identify(user) };
  const offer = { codec: new TestCodec(), params: paramsOf(new URLSearchParams(params)) };
  const session = await entry.prepare(undefined, entrant, offer);
  if (session.refusal !== undefined) throw useErrors.refused(entry.endpoint.path, session.refusal);
  return new TestChannel(topic, (transport) => entry.begin(session, transport));
}

function entryFor(entries: readonly EndpointEntry[], topic: string, path: string | undefined): EndpointEntry {
  if (entries.length === 0) throw useErrors.noEndpoints();
  if (path !== undefined) return entryAt(entries, topic, path);
  const [entry, ...others] = entries.filter(({ endpoint }) => endpoint.find(topic) !== undefined);
  if (entry === undefined) throw useErrors.unservedTopic(topic, entries.map(pathOf));
  if (others.length > 0) throw useErrors.severalEndpoints(topic, [entry, ...others].map(pathOf));
  return entry;
}

function entryAt(entries: readonly EndpointEntry[], topic: string, path: string): EndpointEntry {
  const entry = entries.find(({ endpoint }) => normalizePath(endpoint.path) === normalizePath(path));
  if (entry === undefined) throw useErrors.unknownEndpoint(path, entries.map(pathOf));
  const { descriptor } = entry.endpoint;
  const patterns = descriptor.channels.flatMap((channel) => channel.patterns);
  if (entry.endpoint.find(topic) === undefined) throw useErrors.unservedAt(descriptor.path, topic, patterns);
  return entry;
}

function pathOf({ endpoint }: EndpointEntry): string {
  return endpoint.path;
}

/** A client for tests, in one topic of an endpoint. Everything that the server says there is kept until the test asks for it. */
export class TestChannel {
  /** Settles when the connection has ended and the hooks of that are done: with why. */
  readonly closed: Promise<CloseReason>;
  private readonly events = new Mailbox<Event>();
  private readonly replies = new Mailbox<Reply>();
  private readonly pushes = new WeakMap<Promise<unknown>, { readonly event: string; readonly answer: Promise<Reply> }>();
  private readonly transport: TestChannelTransport;
  private lastRef = 0;
  private joinRef: number | null = null;
  private isOver = false;

  /** @internal */
  constructor(
    /** The topic that it joins. */
    readonly topic: string,
    begin: (transport: TestChannelTransport) => Connection,
  ) {
    this.transport = new TestChannelTransport(
      (document) => this.heard(readTold(document)),
      (reason) => this.ended(reason),
    );
    const connection = begin(this.transport);
    this.transport.serve(connection);
    this.closed = connection.ended().then(() => connection.closeReason as CloseReason);
  }

  /**
   * Joins the topic. To join again is to leave and to come back, as by a client whose connection was bad.
   *
   * @param payload - what `@Join` gets.
   * @returns the reply, `{}` where `@Join` returns nothing; rejects with a {@link ChannelException} whose `payload` the refusal is.
   */
  async join<R = unknown>(payload: unknown = {}): Promise<R> {
    if (!this.isOver) for (const mailbox of [this.events, this.replies]) mailbox.open();
    this.joinRef = this.lastRef + 1;
    return ((await this.send('join', [payload]).then(payloadOf)) ?? {}) as R;
  }

  /**
   * Says something in the topic. Who does not want to know what comes of it need not wait.
   *
   * @returns settles when the event was handled, with the reply, undefined where there is none; rejects with a {@link ChannelException} whose
   * `payload` is that of an error.
   */
  push<R = unknown>(event: string, ...args: unknown[]): Promise<R> {
    const answer = this.inTopic(event, this.send('event', args.length === 0 ? [{}] : args, event));
    const push = answer.then(payloadOf) as Promise<R>;
    push.catch(() => undefined);
    this.pushes.set(push, { event, answer });
    return push;
  }

  /**
   * Waits for the reply to a push.
   *
   * @param push - what {@link push} has returned.
   * @param status - how it has to be meant: an error is a reply, too.
   * @returns its payload; rejects for a reply of the other kind.
   * @example
   * expect(await room.expectReply(room.push('rename', { name: '' }), 'error')).toEqual({ reason: 'A name is needed.' });
   */
  async expectReply<R = unknown>(push: Promise<unknown>, status: FrameStatus = 'ok'): Promise<R> {
    const pushed = this.pushes.get(push);
    if (pushed === undefined) throw useErrors.noPush(push);
    const reply = await pushed.answer;
    if (reply.status !== status) throw useErrors.otherReply(pushed.event, status, reply.status, reply.payload);
    return reply.payload as R;
  }

  /**
   * The payload of the next such event, of those that came and were not asked for yet; `presence_state` and `presence_diff` are events as well.
   *
   * @returns rejects when the topic is left, or the connection ends, without it.
   */
  async next<P = unknown>(event: string): Promise<P> {
    return (await this.events.take((told) => told.event === event)).payload as P;
  }

  /** Leaves the topic, and waits until `@Leave` is done. */
  async leave(): Promise<void> {
    await this.send('leave', []).then(payloadOf);
  }

  /** Ends the connection, as a tab that is closed, and waits for the end. */
  async close(): Promise<void> {
    this.transport.vanish();
    await this.closed;
  }

  /** Who has not joined may still be in the topic: by `session.join`. */
  private inTopic(event: string, answer: Promise<Reply>): Promise<Reply> {
    if (this.joinRef !== null) return answer;
    const answered = answer.then((reply) => {
      if (reply.status === 'error' && isOfNoTopic(reply.payload)) throw useErrors.notJoined(event, this.topic);
      return reply;
    });
    answered.catch(() => undefined);
    return answered;
  }

  private send(kind: 'join' | 'leave' | 'event', args: readonly unknown[], event?: string): Promise<Reply> {
    const ref = ++this.lastRef;
    const answer = this.replies.take((reply) => reply.ref === ref);
    answer.catch(() => undefined);
    const { topic, joinRef } = this;
    const frame = { kind, topic, ref, joinRef, event, isRequest: kind === 'event' };
    if (!this.isOver) this.transport.send(writeFrame(frame, args));
    return answer;
  }

  private heard(told: Told): void {
    if (told.kind === 'reply') return this.replies.put(told);
    // The server may have joined others in the client's place.
    if (told.topic !== this.topic) return;
    if (told.kind === 'event') this.events.put(told);
    else if (told.joinRef === this.joinRef) this.end(useErrors.topicLeft(this.topic, told.reason));
  }

  private ended({ textForPeer }: CloseReason): void {
    this.isOver = true;
    this.end(useErrors.connectionEnded(textForPeer));
  }

  private end(reason: Error): void {
    for (const mailbox of [this.events, this.replies]) mailbox.close(reason);
  }
}

function isOfNoTopic(payload: unknown): boolean {
  return (payload as { reason?: unknown } | null)?.reason === frameErrors.unmatchedTopic().message;
}

function payloadOf({ status, payload }: Reply): unknown {
  if (status === 'error') throw new ChannelException(payload);
  return payload;
}
