import type { Cancel } from './clock.js';

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal is aborted. However many wait for one signal, it has one listener: of more than ten Node warns, as of a leak.
 *
 * @param signal - one that is not aborted yet.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): Cancel {
  const callbacks = waiting.get(signal) ?? listenTo(signal);
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signal.removeEventListener('abort', aborted);
    waiting.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(signal, callbacks);
  signal.addEventListener('abort', aborted, { once: true });
  return callbacks;
}

function aborted(this: AbortSignal): void {
  for (const callback of waiting.get(this) ?? []) callback();
}
