import { channelErrors, channelUseErrors } from '../common/channel-errors.js';
import { resolveOptions, Rule } from '../common/options.js';
import { withKey, slownessRules, type Slowness, type WhenSlow } from '../common/slowness.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import { connectionName, groupName, userName, type Name } from '../delivery/address.js';
import { settingRules, type AskSettings } from './ask-settings.js';
import type { ChannelCore } from './channel.core.js';
import type { ChannelMessage } from './channel.message.js';
import type { ChannelSession } from './channel.socket.js';
import { LeaveReason } from './leave-reason.js';
import { fits } from './patterns.js';
import { Session } from './session.js';
import type { TopicMember } from './topic.member.js';

/** How the members of a topic are asked, and told something. */
export interface ChannelSettings extends AskSettings {
  /**
   * Whether `ask` settles with the first answer, or with a list of all that come in time.
   * @default 'first'
   */
  readonly answers?: 'first' | 'all';
  /**
   * What becomes of what is said where a client is too slow for it. What is asked is never dropped.
   * @default the option outbox.whenSlow of the client's endpoint
   */
  readonly whenSlow?: WhenSlow;
  /**
   * Of what waits for a client in one topic with the same key only the newest is sent: with a key `whenSlow` is 'coalesce', whatever the options say.
   * @default the event
   */
  readonly key?: string;
}

/** What is known of a topic. */
export interface TopicInfo {
  readonly topic: string;
  /** How many sockets are in it. */
  readonly sockets: number;
  /** Whether it is open: an empty topic stays so for the `expiresAfter` of its channel. */
  readonly isOpen: boolean;
}

/** What is known of all channels. */
export interface ChannelsInfo {
  readonly sessions: number;
  readonly sockets: number;
  readonly topics: number;
}

/** Whom to disconnect: a session, all of a user's, or those with a socket in a topic. */
export type ChannelTarget = string | { readonly user: string } | { readonly topic: string };

/**
 * The topics and sessions of an application: inject it anywhere. All of its methods return promises; a rejection that nobody awaits is logged, and
 * ends nothing.
 */
export class Channels {
  /** @internal */
  constructor(
    private readonly core: ChannelCore,
    private readonly settings: ChannelSettings = {},
  ) {}

  /**
   * The same with these settings: `timeout`, `signal` and `answers` are those of `ask`, `whenSlow` and `key` of all that says something.
   *
   * @throws SignalRError for a setting that does not exist, or cannot be.
   */
  with(settings: ChannelSettings): Channels {
    const checked = resolveOptions(channelSettingRules, { from: 'with()', options: settings });
    return new Channels(this.core, withKey({ ...this.settings, ...checked }));
  }

  /**
   * Says something to everybody in a topic, whichever dialect they speak. It is written once for each dialect; nobody waits for a slow client. To
   * nobody is no error.
   *
   * @returns settles when it stands in the outboxes of the clients here and the backplane has taken it for those elsewhere; rejects for arguments that
   * cannot be written.
   */
  broadcast(topic: string, event: string, ...args: unknown[]): Promise<void> {
    return this.attempt(`broadcasting '${event}'`, () => this.core.broadcast(this.messageTo(topic, event, args)));
  }

  /** The same to those in the topic on this node alone. */
  localBroadcast(topic: string, event: string, ...args: unknown[]): Promise<void> {
    return this.attempt(`broadcasting '${event}'`, () => this.core.broadcastHere(this.messageTo(topic, event, args)));
  }

  /** Publishes something on a topic: sockets of channels with a fitting `@Subscribe` get it as the event that is named there. */
  publish(topic: string, payload: unknown): Promise<void> {
    return this.attempt(`publishing on '${topic}'`, async () => {
      const subscriptions = this.core.channels.flatMap((channel) => channel.subscriptions);
      const events = new Set(subscriptions.filter(({ pattern }) => fits(topic, pattern)).map(({ event }) => event));
      await Promise.all(Array.from(events, (event) => this.core.broadcast(this.messageTo(topic, event, [payload]))));
    });
  }

  /**
   * Asks everybody in a topic, and waits for the first answer, or with `answers: 'all'` for those of all.
   *
   * @returns rejects when nobody is there, when nobody's dialect has answers, and when nobody answers in time.
   */
  ask<T = unknown>(topic: string, event: string, ...args: unknown[]): Promise<T> {
    return this.attempt(`asking '${event}'`, () => this.askMembers(topic, event, args) as Promise<T>);
  }

  /** Says something to the socket of one session in a topic. A session that is gone, or is not in the topic, is no error. */
  push(sessionId: string, topic: string, event: string, ...args: unknown[]): Promise<void> {
    return this.attempt(`pushing '${event}'`, () =>
      this.core.tell(connectionName(sessionId), { ...this.messageTo(topic, event, args), isShared: false }),
    );
  }

  /** Says something to all sockets of a user, in each topic that they are in. */
  toUser(userIdentifier: string, event: string, ...args: unknown[]): Promise<void> {
    return this.attempt(`pushing '${event}'`, () => {
      checkName('event', event);
      return this.core.tell(userName(userIdentifier), { isShared: false, topic: undefined, event, args, slowness: this.slowness });
    });
  }

  /** A session of this node; undefined where there is none. */
  session(id: string): Promise<ChannelSession | undefined> {
    return this.attempt('looking for a session', () => this.sessionsCalled(connectionName(id))[0]?.caller);
  }

  /**
   * Takes everybody out of a topic: `@Leave` runs with the reason 'close', and the clients are told.
   *
   * @returns how many sockets have left.
   */
  close(topic: string): Promise<number> {
    return this.attempt(`closing '${topic}'`, () => {
      const members = this.membersOf(topic);
      for (const member of members) member.session.dismiss(member, LeaveReason.Close);
      return members.length;
    });
  }

  /**
   * Ends sessions.
   *
   * @param options.code - of the close frame, where WebSockets are spoken; by default the dialect's own for this.
   * @param options.reason - for the clients, as the text of the close frame.
   * @returns how many were told; rejects for a target that names nobody.
   */
  disconnect(target: ChannelTarget, options: { code?: number; reason?: string } = {}): Promise<number> {
    return this.attempt('disconnecting clients', () => {
      const sessions = this.targets(target);
      for (const session of sessions) session.disconnect(options.code, options.reason);
      return sessions.size;
    });
  }

  /** What is known of a topic on this node, or of all. */
  info(topic: string): Promise<TopicInfo>;
  info(): Promise<ChannelsInfo>;
  info(topic?: string): Promise<TopicInfo | ChannelsInfo> {
    return this.attempt('asking what is there', () => (topic === undefined ? this.everything() : this.oneTopic(topic)));
  }

  private attempt<T>(doing: string, work: () => T | Promise<T>): Promise<T> {
    return unlessUnheard(work, (error) => this.core.report('Channels', doing, error));
  }

  private messageTo(topic: string, event: string, args: readonly unknown[]): ChannelMessage & { topic: string } {
    checkName('topic', topic);
    checkName('event', event);
    return { isShared: true, topic, event, args, slowness: this.slowness };
  }

  private get slowness(): Partial<Slowness> | undefined {
    const { whenSlow, key } = this.settings;
    return whenSlow === undefined && key === undefined ? undefined : { whenSlow, key };
  }

  private async askMembers(topic: string, event: string, args: readonly unknown[]): Promise<unknown> {
    const members = this.membersOf(topic);
    const able = members.filter(({ session }) => session.codec.request !== undefined);
    if (members.length === 0) throw channelErrors.nobodyThere(topic);
    if (able.length === 0) throw channelUseErrors.cannotAnswer(dialectsOf(members));
    const { answers = 'first', signal, timeout } = this.settings;
    const enough = new AbortController();
    const settings = { timeout, signal: AbortSignal.any([enough.signal, ...(signal === undefined ? [] : [signal])]) };
    const asked = able.map((member) => member.request(event, args, settings));
    return (answers === 'all' ? all(asked) : first(asked)).finally(() => enough.abort());
  }

  private membersOf(topic: string): TopicMember[] {
    checkName('topic', topic);
    return [...this.core.delivery.membership.called(groupName(topic))] as TopicMember[];
  }

  private sessionsCalled(name: Name): Session[] {
    return [...this.core.delivery.membership.called(name)].filter((peer) => peer instanceof Session);
  }

  /** Nobody is meant by nothing: a target that names no one must never become everyone. */
  private targets(target: ChannelTarget): Set<Session> {
    if (typeof target === 'string' && target !== '') return new Set(this.sessionsCalled(connectionName(target)));
    const { user, topic, ...others } = (target ?? {}) as { user?: unknown; topic?: unknown };
    const isOne = (user === undefined) !== (topic === undefined) && Object.keys(others).length === 0;
    if (!isOne || !isName(user ?? topic)) throw channelUseErrors.wrongTarget(target);
    if (user !== undefined) return new Set(this.sessionsCalled(userName(user as string)));
    return new Set(this.membersOf(topic as string).map(({ session }) => session as Session));
  }

  private oneTopic(topic: string): TopicInfo {
    checkName('topic', topic);
    return { topic, sockets: this.core.delivery.membership.count(groupName(topic)), isOpen: this.core.isOpen(topic) };
  }

  private everything(): ChannelsInfo {
    const { sessions, delivery, openTopics } = this.core;
    return { sessions: sessions.size, sockets: delivery.membership.size - sessions.size, topics: openTopics };
  }
}

const channelSettingRules = {
  ...settingRules,
  ...slownessRules,
  answers: new Rule<ChannelSettings['answers']>(undefined, "'first' or 'all'", (value) => value === 'first' || value === 'all'),
};

function checkName(kind: 'topic' | 'event', name: unknown): void {
  if (!isName(name)) throw channelUseErrors.wrongName(kind, name);
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '';
}

function dialectsOf(members: readonly TopicMember[]): string {
  return [...new Set(members.map(({ session }) => session.dialect))].join(' and ');
}

/** The first that answers; where nobody does, why one of them did not. */
async function first(asked: Promise<unknown>[]): Promise<unknown> {
  try {
    return await Promise.any(asked);
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}

/** What those say who answer; where nobody does, why one of them did not. */
async function all(asked: Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(asked);
  const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (answers.length === 0) await asked[0];
  return answers;
}
