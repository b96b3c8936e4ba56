import { jest } from '@jest/globals';
import { Socket, type SocketOptions } from '../../lib/browser/chain.client.js';
import type { Emitter } from '../../lib/browser/chain.emitter.js';
import { ChainServer } from './chain-server.js';

/** A page with sockets, their server, and a clock that stands still unless a test moves it. */
export class ChainPage {
  readonly server = new ChainServer();
  /** What the tab keeps. */
  readonly kept = new Map<string, string>();
  private readonly sockets: Socket[] = [];
  /** The window, as far as sockets listen to it. */
  private readonly events = new EventTarget();

  open(): void {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    this.server.install();
    this.hasLocks(undefined);
    for (const name of ['addEventListener', 'removeEventListener'] as const)
      Object.defineProperty(globalThis, name, { value: this.events[name].bind(this.events), configurable: true });
  }

  /** The browser says that its network is there again. */
  isOnline(): void {
    this.events.dispatchEvent(new Event('online'));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.disconnect();
    await this.passes(60_000);
    this.server.restore();
    this.hasLocks(undefined);
    for (const name of ['addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name);
    jest.useRealTimers();
  }

  socket(options: SocketOptions = { endpoint: '/chain' }): Socket {
    const { kept } = this;
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const socket = new Socket({ sessionStorage, ...options });
    this.sockets.push(socket);
    return socket;
  }

  /** The locks that the tabs of a browser share; there are none unless a test says so. */
  hasLocks(request: ((name: string, work: () => Promise<unknown>) => Promise<unknown>) | undefined): void {
    Object.defineProperty(globalThis, 'navigator', { value: request && { locks: { request } }, configurable: true });
  }

  /** Lets so many milliseconds pass. */
  async passes(milliseconds: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(milliseconds);
  }

  /** Whether timers are waiting that nobody needs any more shows in their number. */
  get timers(): number {
    return jest.getTimerCount();
  }
}

/** The next time that something happens, with what comes along. */
export function happens<T = unknown>(source: Emitter, event: string): Promise<T> {
  return new Promise((resolve) => {
    const listener = (value: T): void => {
      source.off(event, listener);
      resolve(value);
    };
    source.on(event, listener);
  });
}
