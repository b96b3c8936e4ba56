import type { Cancel, Clock } from '../common/clock.js';
import { ChannelCall, type CallOpener, type CallPlace } from './channel.call.js';
import type { ChannelDescriptor, ChannelHandler } from './channel.descriptor.js';

/** Takes note of what failed and is no client's fault. */
type Report = (doing: string, error: unknown) => void;

/** A topic while somebody is in it, and a while longer where its channel wants that. */
class Topic implements CallPlace {
  /** Nobody in particular. */
  readonly caller = {};
  readonly opener: CallOpener = {};
  sockets = 0;
  /** Whether its sockets have been told of: between `opened` and `closed`. */
  isOpen = false;
  /** When it closes, where nobody is in it. */
  expires: number | undefined;
  /** Settles when the hooks that were called are done; they never overlap. */
  settled: Promise<void> | undefined;
  private aborter: AbortController | undefined;

  constructor(
    readonly topic: string,
    readonly report: Report,
  ) {}

  get signal(): AbortSignal {
    return (this.aborter ??= new AbortController()).signal;
  }
}

/** The topics of one channel on this node, from their first socket to some time after the last. */
export class Topics {
  private readonly topics = new Map<string, Topic>();
  /** Those that nobody is in any more, in the order of their expiry. */
  private readonly expiring = new Set<Topic>();
  private stopTicking: Cancel | undefined;

  /** @param report - takes note of a hook that failed: nobody else could be told. */
  constructor(
    private readonly channel: ChannelDescriptor,
    private readonly clock: Clock,
    private readonly report: Report,
  ) {}

  /** How many are open. */
  get size(): number {
    return this.topics.size;
  }

  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  /**
   * A socket comes in.
   *
   * @returns settles when the topic is open; undefined where it is now.
   */
  enter(name: string): Promise<void> | undefined {
    const topic = this.topics.get(name) ?? new Topic(name, this.report);
    this.topics.set(name, topic);
    topic.sockets++;
    this.keep(topic);
    if (!topic.isOpen) this.open(topic);
    return topic.settled;
  }

  /** A socket is gone, its hook done. */
  leave(name: string): void {
    const topic = this.topics.get(name) as Topic;
    topic.sockets--;
    if (topic.sockets > 0) return;
    if (this.channel.expiresAfter > 0) this.expireLater(topic);
    else this.close(topic);
  }

  /** Closes all that nobody is in, without waiting for their time; settles when their hooks are done. */
  async end(): Promise<void> {
    for (const topic of this.expiring) this.close(topic);
    await Promise.all(Array.from(this.topics.values()).flatMap(({ settled }) => settled ?? []));
  }

  private open(topic: Topic): void {
    topic.isOpen = true;
    this.run(topic, 'opened', this.channel.opened);
  }

  private close(topic: Topic): void {
    this.keep(topic);
    topic.isOpen = false;
    this.run(topic, 'closed', this.channel.closed);
    if (topic.settled === undefined) this.topics.delete(topic.topic);
  }

  /** Hooks of one topic run one after the other; who comes in meanwhile waits. */
  private run(topic: Topic, event: 'opened' | 'closed', hook: ChannelHandler | undefined): void {
    if (hook === undefined && topic.settled === undefined) return;
    const settled: Promise<void> = this.call(topic, event, hook).finally(() => this.settle(topic, settled));
    topic.settled = settled;
  }

  private settle(topic: Topic, settled: Promise<void>): void {
    // Unless another hook waits for its turn.
    if (topic.settled !== settled) return;
    topic.settled = undefined;
    if (!topic.isOpen) this.topics.delete(topic.topic);
  }

  private async call(topic: Topic, event: 'opened' | 'closed', hook: ChannelHandler | undefined): Promise<void> {
    try {
      await topic.settled;
      await hook?.(new ChannelCall(topic, event, [topic.topic]));
    } catch (error) {
      this.report(`running @${event === 'opened' ? 'TopicOpened' : 'TopicClosed'} for '${topic.topic}'`, error);
    }
  }

  private expireLater(topic: Topic): void {
    topic.expires = this.clock.now() + this.channel.expiresAfter;
    this.expiring.add(topic);
    this.stopTicking ??= this.clock.onTick((now) => this.tick(now));
  }

  private keep(topic: Topic): void {
    topic.expires = undefined;
    this.expiring.delete(topic);
    if (this.expiring.size > 0) return;
    this.stopTicking?.();
    this.stopTicking = undefined;
  }

  private tick(now: number): void {
    for (const topic of this.expiring) {
      if ((topic.expires as number) > now) return;
      this.close(topic);
    }
  }
}
