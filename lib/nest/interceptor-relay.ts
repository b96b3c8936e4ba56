import type { Observer } from 'rxjs';

/** What an Observable has said. */
type Told = { readonly value: unknown } | { readonly error: unknown } | 'complete';

/** Hears what interceptors make of a method: the last value is the result, unless there is somebody to listen to all of them. */
export class Relay implements Observer<unknown> {
  /** Whether all was said. */
  hasEnded = false;
  private listener: Observer<unknown> | undefined;
  private kept: Told[] = [];
  private waiting: (() => void)[] = [];

  /** @param keepsAll - whether a listener may come, who is to hear what was said before. */
  constructor(
    private readonly keepsAll: boolean,
    private readonly resolve: (value: unknown) => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  next(value: unknown): void {
    if (this.listener !== undefined) return this.listener.next(value);
    if (!this.keepsAll) this.kept.pop();
    this.kept.push({ value });
  }

  error(error: unknown): void {
    this.hasEnded = true;
    if (this.listener !== undefined) return this.listener.error(error);
    this.kept.push({ error });
    this.reject(error);
  }

  complete(): void {
    this.hasEnded = true;
    if (this.listener !== undefined) return this.listener.complete();
    const last = this.kept.at(-1);
    this.kept.push('complete');
    this.resolve(typeof last === 'object' && 'value' in last ? last.value : undefined);
  }

  /** Has something done once somebody listens; at once where somebody does. */
  whenHeard(begin: () => void): void {
    if (this.listener === undefined) this.waiting.push(begin);
    else begin();
  }

  /** Tells a listener what was said so far, and all that follows. */
  listen(listener: Observer<unknown>): void {
    this.listener = listener;
    for (const told of this.kept.splice(0)) replay(told, listener);
    for (const begin of this.waiting.splice(0)) begin();
  }
}

function replay(told: Told, listener: Observer<unknown>): void {
  if (told === 'complete') listener.complete();
  else if ('error' in told) listener.error(told.error);
  else listener.next(told.value);
}
