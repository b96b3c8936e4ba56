import { Injectable } from '@nestjs/common';
import { Events, type EventMap } from '../common/events.js';
import { useErrors } from '../common/use-errors.js';

/** What can be listened to, and what is told of it. Nothing of it is a secret: tokens are in none of them. */
export type SignalREventMap = Pick<
  EventMap,
  'connected' | 'interrupted' | 'resumed' | 'disconnected' | 'invoked' | 'joined' | 'left' | 'dropped' | 'limited' | 'gap'
>;

/** The name of an event. */
export type SignalREventName = keyof SignalREventMap;

const names: readonly string[] = [
  'connected',
  'interrupted',
  'resumed',
  'disconnected',
  'invoked',
  'joined',
  'left',
  'dropped',
  'limited',
  'gap',
] satisfies SignalREventName[];

/**
 * What happens to hubs and channels, for logs, metrics and traces. What nobody listens to costs nothing.
 *
 * @example
 * const stop = events.on('invoked', ({ method, duration }) => histogram.record(duration ?? 0, { method }));
 */
@Injectable()
export class SignalREvents {
  constructor(private readonly events: Events) {}

  /**
   * Listens to an event of all hubs and channels of this server. Listeners are called at once, in the order in which they came: do little there. What
   * one throws, or rejects with, is logged and disturbs nobody.
   *
   * @returns stops listening; calling it twice does nothing.
   * @throws SignalRError for an event that does not exist, and for a listener that is no function.
   */
  on<N extends SignalREventName>(name: N, listener: (event: Readonly<SignalREventMap[N]>) => unknown): () => void {
    if (!names.includes(name)) throw useErrors.unknownEvent(name, names);
    if (typeof listener !== 'function') throw useErrors.noListener(listener);
    return this.events.on(name, listener);
  }
}
