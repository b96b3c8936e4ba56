import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import type { ChannelEndpointSettings, ChannelOptions } from '../../channels/channel.options.js';
import { isPattern } from '../../channels/patterns.js';
import { bootErrors } from '../../common/boot-errors.js';
import {
  CHANNEL_ENDPOINT_METADATA,
  CHANNEL_HANDLERS_METADATA,
  CHANNEL_METADATA,
  SUBSCRIPTIONS_METADATA,
  type ChannelEndpointMetadata,
  type ChannelHandlerKind,
  type ChannelMetadata,
  type HandleInOptions,
  type HandlerMark,
  type SubscriptionMark,
} from '../channel-metadata.js';
import { ENTRY_PROVIDER, SCOPE_OPTIONS } from '../nest-internals.js';

/** An endpoint that wants to know when a client comes. */
export interface OnSocketConnected {
  /**
   * Called when the guards have let somebody pass, before the connection stands. A throw refuses it with status 403.
   *
   * @param parameters - `session: ChannelSession`, or whatever decorators make of them.
   */
  onConnected(...parameters: never[]): unknown;
}

/** An endpoint that wants to know when a client goes. */
export interface OnSocketDisconnected {
  /**
   * Called once for each session whose `onConnected` went well, when all of its sockets have left.
   *
   * @param parameters - `session: ChannelSession, reason: CloseReason`, or whatever decorators make of them.
   */
  onDisconnected(...parameters: never[]): unknown;
}

/**
 * Makes a class a channel: clients join the topics that fit its patterns. The class becomes injectable; it has to stand in the providers of a module.
 *
 * @param patterns - of topics: written out, or with one star at the end, such as 'room:*'. Topics that are written out win, then the longest
 * beginning, then what was declared first.
 * @param options - of this channel.
 * @example
 * \@Channel('room:*')
 * export class RoomChannel {
 *   \@Join() join() {}
 *   \@HandleIn('say') say(payload: { text: string }, \@Socket() socket: ChannelSocket) { return socket.broadcast('said', payload); }
 * }
 */
export function Channel(patterns: string | readonly string[], options?: ChannelOptions): ClassDecorator;
export function Channel(...patterns: string[]): ClassDecorator;
export function Channel(...given: unknown[]): ClassDecorator {
  const [patterns, options] = split<ChannelOptions>(given);
  return (target) => {
    if (typeof target !== 'function') throw bootErrors.channelOnMethod('@Channel');
    const metadata: ChannelMetadata = { patterns: required('@Channel', checked('@Channel', target.name, patterns)), options };
    Reflect.defineMetadata(CHANNEL_METADATA, metadata, target);
    makeInjectable(target);
  };
}

/**
 * Says of a channel that what `Channels.publish` says on a topic reaches the sockets of that topic as an event.
 *
 * @param pattern - of topics, as those of `@Channel`.
 * @param event - what the sockets get.
 */
export function Subscribe(pattern: string, event: string): ClassDecorator {
  return (target) => {
    if (typeof target !== 'function') throw bootErrors.channelOnMethod('@Subscribe');
    checked('@Subscribe', target.name, [pattern]);
    if (typeof event !== 'string' || event === '') throw bootErrors.wrongEvent('@Subscribe', target.name, event);
    // Decorators of a class run from the last to the first.
    const known = (Reflect.getOwnMetadata(SUBSCRIPTIONS_METADATA, target) as SubscriptionMark[] | undefined) ?? [];
    Reflect.defineMetadata(SUBSCRIPTIONS_METADATA, [{ pattern, event }, ...known], target);
  };
}

/**
 * Makes a class an endpoint of channels: clients of a dialect connect to it. Guards above it are asked when they do. The class becomes injectable;
 * it has to stand in the providers of a module.
 *
 * @param path - where clients find it, such as '/socket'; compared without case and without a slash at its end.
 * @param options - the dialect, the channels that can be joined, and what this endpoint does otherwise than the module's options say.
 * @example
 * \@ChannelEndpoint('/socket', { dialect: phoenix() })
 * export class UserSocket {}
 */
export function ChannelEndpoint(path: string, options: ChannelEndpointSettings): ClassDecorator {
  return (target) => {
    if (typeof target !== 'function') throw bootErrors.channelOnMethod('@ChannelEndpoint');
    Reflect.defineMetadata(CHANNEL_ENDPOINT_METADATA, endpointMetadata(path, options, `@ChannelEndpoint on ${target.name}`), target);
    makeInjectable(target);
  };
}

/** Checks what is said of an endpoint, by a decorator or in the module's options. */
export function endpointMetadata(path: string, options: ChannelEndpointSettings, from: string): ChannelEndpointMetadata {
  if (typeof path !== 'string' || !/^\/(?!\/)[!-~]*$/.test(path) || /[?#*]|\/:/.test(path)) throw bootErrors.wrongEndpointPath(from, path);
  const { dialect, channels, ...rest } = options ?? {};
  if (typeof dialect === 'function') throw bootErrors.uncalledDialect(from, dialect);
  if (typeof dialect?.routes !== 'function') throw bootErrors.noDialect(from, dialect);
  if (channels !== undefined && (!Array.isArray(channels) || channels.some((one) => typeof one !== 'function')))
    throw bootErrors.wrongChannels(from);
  return { path, dialect, channels, options: rest };
}

/**
 * Asks whether a client may join: what the method returns is the reply, throwing refuses. A channel needs one; its guards are asked before.
 *
 * @param topics - patterns of topics, where methods of one channel share them; the most specific wins. By default all topics of the channel.
 */
export function Join(...topics: string[]): MethodDecorator {
  return mark('join', '@Join', topics);
}

/** Told when a socket has left, for whatever {@link Reason}. What it broadcasts reaches those who are still there. */
export function Leave(...topics: string[]): MethodDecorator {
  return mark('leave', '@Leave', topics);
}

/**
 * Handles what clients push: what the method returns is the reply, undefined is none, throwing replies with an error.
 *
 * @param events - or patterns of events, with one star at the end; the most specific wins.
 * @param options - `once`, and who gets what the method returns.
 */
export function HandleIn(events: string | readonly string[], options?: HandleInOptions): MethodDecorator;
export function HandleIn(...events: string[]): MethodDecorator;
export function HandleIn(...given: unknown[]): MethodDecorator {
  const [events, options] = split<HandleInOptions>(given);
  checkHandleIn(options);
  return mark('in', '@HandleIn', required('@HandleIn', events), options);
}

/**
 * Decides for each recipient of a broadcast what it gets: what the method returns, or nothing if that is undefined. It may change the payload: it is
 * a copy. Such a broadcast costs as much as a push to each; others are written once for all.
 *
 * @param events - or patterns of events; the most specific wins.
 */
export function HandleOut(...events: (string | readonly string[])[]): MethodDecorator {
  return mark('out', '@HandleOut', required('@HandleOut', events.flat()));
}

/** Told when a topic gets its first socket on this node, before the socket's join is answered. */
export function TopicOpened(): MethodDecorator {
  return mark('opened', '@TopicOpened', []);
}

/** Told when a topic is closed on this node: its last socket has left, and `expiresAfter` is over. */
export function TopicClosed(): MethodDecorator {
  return mark('closed', '@TopicClosed', []);
}

/**
 * Told who came and who went, of those whom `socket.track` has shown: two objects, by key, each with `metas` of its devices. Only where the channel
 * says `presence: true`. What changes within a short time is told at once; the next call does not wait for this one.
 *
 * @example
 * \@PresenceChanged()
 * changed(joins: PresenceState, leaves: PresenceState, \@Topic() topic: string) {}
 */
export function PresenceChanged(): MethodDecorator {
  return mark('presence', '@PresenceChanged', []);
}

function mark(kind: ChannelHandlerKind, decorator: string, patterns: readonly string[], options: HandleInOptions = {}): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const channel = typeof target === 'function' ? target.name : target.constructor.name;
    const method: unknown = descriptor?.value;
    if (typeof key !== 'string' || typeof target === 'function' || typeof method !== 'function')
      throw bootErrors.noChannelMethod(decorator, channel, String(key));
    const known = (Reflect.getOwnMetadata(CHANNEL_HANDLERS_METADATA, method) as HandlerMark[] | undefined) ?? [];
    const made: HandlerMark = { kind, patterns: checked(decorator, `${channel}.${key}`, patterns), options };
    Reflect.defineMetadata(CHANNEL_HANDLERS_METADATA, [made, ...known], method);
  };
}

/** Patterns, one by one or in a list, and behind them options, if there are any. */
function split<O extends object>(given: unknown[]): [patterns: string[], options: O] {
  const patterns = given.filter((one) => one !== undefined && !isOptions(one)).flat() as string[];
  return [patterns, (given.find(isOptions) ?? {}) as O];
}

function isOptions(one: unknown): boolean {
  return typeof one === 'object' && one !== null && !Array.isArray(one);
}

function required(decorator: string, patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0) throw bootErrors.noPatterns(decorator);
  return patterns;
}

function checked(decorator: string, place: string, patterns: readonly string[]): readonly string[] {
  for (const pattern of patterns) if (!isPattern(pattern)) throw bootErrors.wrongPattern(decorator, place, pattern);
  return patterns;
}

function checkHandleIn(options: HandleInOptions): void {
  const unknown = Object.keys(options).find((name) => name !== 'once' && name !== 'reply');
  if (unknown !== undefined) throw bootErrors.unknownHandleInOption(unknown);
  const { reply = 'sender' } = options;
  if (reply !== 'sender' && reply !== 'channel') throw bootErrors.wrongReply(reply);
}

/** An `@Injectable` of the application below the decorator keeps what it says. Nest gives global request-scoped enhancers to what is marked so. */
function makeInjectable(target: object): void {
  Reflect.defineMetadata(ENTRY_PROVIDER, true, target);
  if (!Reflect.hasOwnMetadata(SCOPE_OPTIONS, target)) Injectable()(target as never);
}
