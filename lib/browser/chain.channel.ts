import { chainErrors } from './chain.errors.js';
import { Emitter, type Listener } from './chain.emitter.js';
import type { Message } from './chain.frames.js';
import { Push } from './chain.push.js';
import { Retry } from './chain.timer.js';

/** What a channel is doing. */
export type ChannelState = 'closed' | 'joining' | 'joined' | 'errored' | 'leaving';

/** What a join brings; a function is asked at each join, the later ones among them. */
export type ChannelParams = object | (() => object);

/** What a channel needs of its socket. */
export interface ChannelHost {
  readonly isConnected: boolean;
  readonly timeout: number;
  readonly rejoinInterval: readonly number[];
  /** A channel wants the frames of its topic. */
  add(channel: Channel): void;
  remove(channel: Channel): void;
  /**
   * @param joinRef - of a join it is the ref itself.
   * @returns the ref.
   */
  send(push: Push, topic: string, joinRef: number | undefined): number;
}

/** One topic of a {@link Socket}. */
export class Channel extends Emitter {
  /** What it is doing. */
  state: ChannelState = 'closed';
  private hasBegun = false;
  private joinRef = 0;
  /** Of the last join that was answered. What was said in it may come while the next one is under way. */
  private lastJoinRef = 0;
  private joinPush: Push | undefined;
  private joinTimeout = 0;
  private leavePush: Push | undefined;
  private buffer: Push[] = [];
  private readonly retry: Retry;

  /** @internal */
  constructor(
    readonly topic: string,
    private readonly params: ChannelParams,
    private readonly host: ChannelHost,
  ) {
    super();
    if (!isName(topic) || topic.includes('*')) throw chainErrors.wrongTopic(topic);
    this.retry = new Retry(host.rejoinInterval, () => this.rejoin());
  }

  /** Whether what is pushed now is sent now. */
  get canPush(): boolean {
    return this.host.isConnected && this.state === 'joined';
  }

  /**
   * Joins the topic, once: from then on the channel joins again by itself whenever it has to. Each of its joins ends with an event: `join:ok`
   * with the reply, `join:error` with the reason, `join:timeout`.
   *
   * @param timeout - how long the server may take, in milliseconds.
   */
  join(timeout: number = this.host.timeout): this {
    if (this.hasBegun) throw chainErrors.joinedTwice(this.topic);
    this.hasBegun = true;
    this.joinTimeout = timeout;
    this.state = 'joining';
    this.host.add(this);
    this.rejoin();
    return this;
  }

  /**
   * Says something in the topic. While the channel is not joined the message waits for that, up to its `timeout`.
   *
   * @param timeout - how long the server may take to answer, in milliseconds.
   */
  push(event: string, payload: unknown = {}, timeout: number = this.host.timeout): Push {
    if (!isName(event)) throw chainErrors.wrongEvent(event);
    if (!this.hasBegun) throw chainErrors.notJoined(this.topic);
    const push = new Push(event, payload ?? {}, timeout);
    if (this.canPush) this.host.send(push, this.topic, this.joinRef);
    else this.buffer.push(push);
    return push;
  }

  /** Leaves the topic. The channel closes when the server has answered, or after `timeout` milliseconds. */
  leave(timeout: number = this.host.timeout): Push {
    this.retry.stop();
    this.joinPush?.forget();
    this.leavePush?.forget();
    const push = (this.leavePush = new Push('_leave', {}, timeout));
    push.whenSettled(() => this.close('leave'));
    if (this.state === 'closed') push.settle('ok', {});
    else this.state = 'leaving';
    if (this.state === 'leaving' && this.host.isConnected) this.host.send(push, this.topic, this.joinRef);
    return push;
  }

  /** Calls back when the channel is closed: it was left, or another one has joined the topic. The function that it returns takes that back. */
  onClose(listener: Listener): () => void {
    this.on('_close', listener);
    return () => void this.off('_close', listener);
  }

  /** Calls back when something went wrong with the channel on the server; it joins again by itself. */
  onError(listener: Listener): () => void {
    this.on('_error', listener);
    return () => void this.off('_error', listener);
  }

  /** @internal The socket is connected. */
  opened(isResumed: boolean): void {
    if (this.state === 'leaving' && this.leavePush !== undefined) this.host.send(this.leavePush, this.topic, this.joinRef);
    else if (isResumed && this.state === 'joined') this.flush();
    else if (!isResumed || this.joinPush === undefined) this.rejoin();
  }

  /** @internal The server has said something in the topic. */
  receive({ event, payload, ref, joinRef }: Message): void {
    if (joinRef && joinRef !== this.joinRef && !this.isOfLastJoin(event, joinRef)) return;
    if (event === '_close') return this.close(payload);
    if (event === '_error') this.failed();
    this.emit(event, payload, ref, joinRef || this.joinRef);
  }

  /** @internal A message did not arrive, or may not have. Joins and leaves are said again by {@link opened}. */
  takeBack(push: Push, mayHaveArrived: boolean): void {
    if (push === this.joinPush) this.joinPush = undefined;
    else if (push === this.leavePush) return;
    else if (mayHaveArrived) push.settle('error', { reason: 'connection lost' });
    else this.buffer.push(push);
  }

  /** @internal The channel is at its end. */
  close(reason: unknown): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.retry.stop();
    this.joinPush?.forget();
    this.host.remove(this);
    for (const push of this.buffer.splice(0)) push.settle('error', { reason: 'closed' });
    this.leavePush?.settle('ok', {});
    this.emit('_close', reason);
  }

  /** Without a connection it waits for {@link opened}. */
  private rejoin(): void {
    if (this.state === 'closed' || this.state === 'leaving' || !this.host.isConnected) return;
    this.retry.stop();
    this.joinPush?.forget();
    this.state = 'joining';
    const params = typeof this.params === 'function' ? (this.params as () => object)() : this.params;
    const push = (this.joinPush = new Push('_join', params, this.joinTimeout));
    push.on('ok', (reply) => this.joined(reply)).on('error', (reason) => this.refused('join:error', reason));
    push.on('timeout', () => this.timedOut());
    this.joinRef = this.host.send(push, this.topic, undefined);
  }

  private joined(reply: unknown): void {
    this.state = 'joined';
    this.lastJoinRef = this.joinRef;
    this.retry.reset();
    this.flush();
    this.emit('join:ok', reply);
  }

  private refused(event: string, reason?: unknown): void {
    this.failed();
    this.emit(event, reason);
  }

  /** The server may have let it in all the same. */
  private timedOut(): void {
    const push = new Push('_leave', {}, this.host.timeout);
    if (this.host.isConnected) this.host.send(push, this.topic, this.joinRef);
    push.forget();
    this.refused('join:timeout');
  }

  private failed(): void {
    this.joinPush?.forget();
    this.joinPush = undefined;
    this.state = 'errored';
    this.retry.again();
  }

  private flush(): void {
    for (const push of this.buffer.splice(0)) if (!push.isSettled) this.host.send(push, this.topic, this.joinRef);
  }

  /** The end of the last join is not that of the next. */
  private isOfLastJoin(event: string, joinRef: number): boolean {
    return this.state === 'joining' && joinRef === this.lastJoinRef && event !== '_close' && event !== '_error';
  }
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && !text.includes(',');
}
