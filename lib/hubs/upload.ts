import { Subject, type Observable, type Observer, type Operator, type Subscription } from 'rxjs';
import { guarded, GuardedObservable } from './guarded-observable.js';

/** What was sent and nobody has read yet. */
interface Kept {
  readonly item: unknown;
  /** In bytes of the message that brought it. */
  readonly size: number;
}

/** How an upload has ended. */
interface Ending {
  readonly error: Error | undefined;
}

/** A loop that waits for the next item. */
interface Asker {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** The uploads of one connection, as each of them sees it: there the bytes are counted that wait beyond the capacity of their readers. */
export interface Backlog {
  /** How many items an upload keeps for its reader before they count. */
  readonly capacity: number;
  now(): number;
  /** So many bytes more wait; fewer where it is negative. */
  count(bytes: number): void;
  /** A subscriber has failed, or does not want to know how an upload has. */
  caught(error: unknown): void;
}

/**
 * A stream from a client to a hub method: what the method is given to read. It is a Subject and an AsyncIterable. What comes before the first
 * subscription is kept for it; from then on subscribers get each item as it comes, and loops take the next one when they ask for it. Several
 * loops share the items among them. When all have left, nothing is kept any more.
 */
export class Upload extends Subject<unknown> implements AsyncIterable<unknown> {
  private readonly kept: Kept[] = [];
  private readonly askers: Asker[] = [];
  private ending: Ending | undefined;
  private isKeeping = true;
  private isUntouched = true;
  private loops = 0;
  private hasReader = false;
  private waitsSince = 0;
  private wasTakenFrom = false;

  constructor(private readonly backlog: Backlog) {
    super();
  }

  /** The client has sent an item. */
  receive(item: unknown, size: number): void {
    if (this.ending !== undefined) return;
    if (this.observed) this.next(item);
    if (!this.isKeeping) return;
    const asker = this.askers.shift();
    if (asker === undefined) this.keep({ item, size });
    else asker.resolve({ done: false, value: item });
  }

  /** Nothing more will come, for `error` if there is one; what is kept can still be read. Only the first end counts. */
  end(error?: Error): void {
    if (this.ending !== undefined) return;
    this.ending = { error };
    if (!this.isUntouched) this.tellEnd(this.ending);
    for (const asker of this.askers.splice(0)) this.answerEnd(asker, this.ending);
  }

  /** Ends it, and forgets what waits beyond its reader's capacity. With an error this end is the one that counts: some of it is lost. */
  cut(error?: Error): void {
    this.backlog.count(-this.parked);
    this.kept.length = Math.min(this.kept.length, this.backlog.capacity);
    if (error !== undefined) this.ending = undefined;
    this.end(error);
  }

  /** The method that reads it begins: its time counts from now on. */
  begin(): void {
    this.hasReader = true;
    this.waitsSince = this.backlog.now();
  }

  /** Whether nothing was taken for so long, although more waits than there is room for. Asked once a second. */
  isOverdue(now: number, timeout: number): boolean {
    if (this.wasTakenFrom) this.waitsSince = now;
    this.wasTakenFrom = false;
    return this.hasReader && this.kept.length > this.backlog.capacity && now - this.waitsSince >= timeout;
  }

  /** Each way in which an Observable is subscribed to, by itself and at the end of a pipe, comes here. */
  override subscribe(...handlers: never[]): Subscription {
    const observer = guarded(handlers, (error) => this.backlog.caught(error));
    const subscription = super.subscribe(observer as Observer<unknown>);
    if (this.isUntouched) this.handOver();
    if (this.ending !== undefined) this.tellEnd(this.ending);
    return subscription;
  }

  override lift<R>(operator: Operator<unknown, R>): Observable<R> {
    return new GuardedObservable(this, operator, (error) => this.backlog.caught(error));
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    this.isUntouched = false;
    this.isKeeping = true;
    this.loops++;
    let isOver = false;
    const leave = async (): Promise<IteratorResult<unknown>> => {
      if (!isOver) this.left();
      isOver = true;
      return { done: true, value: undefined };
    };
    return { next: () => (isOver ? leave() : this.ask()), return: leave };
  }

  private ask(): Promise<IteratorResult<unknown>> {
    if (this.kept.length > 0) return Promise.resolve({ done: false, value: this.take() });
    return new Promise((resolve, reject) => {
      const asker = { resolve, reject };
      if (this.ending === undefined) this.askers.push(asker);
      else this.answerEnd(asker, this.ending);
    });
  }

  private left(): void {
    if (--this.loops > 0) return;
    this.isKeeping = false;
    this.forget();
  }

  private keep(kept: Kept): void {
    const { capacity } = this.backlog;
    this.kept.push(kept);
    if (this.kept.length <= capacity) return;
    if (this.kept.length === capacity + 1) this.waitsSince = this.backlog.now();
    this.backlog.count(kept.size);
  }

  private take(): unknown {
    const { capacity } = this.backlog;
    // The first of those beyond the capacity moves up.
    if (this.kept.length > capacity) this.backlog.count(-this.kept[capacity].size);
    this.wasTakenFrom = true;
    return (this.kept.shift() as Kept).item;
  }

  /** To the first subscriber, all that came before it. */
  private handOver(): void {
    this.isUntouched = this.isKeeping = false;
    while (this.kept.length > 0 && this.observed) this.next(this.take());
    this.forget();
  }

  private forget(): void {
    this.backlog.count(-this.parked);
    this.kept.length = 0;
  }

  private get parked(): number {
    return this.kept.slice(this.backlog.capacity).reduce((sum, { size }) => sum + size, 0);
  }

  private tellEnd({ error }: Ending): void {
    if (error === undefined) this.complete();
    else this.error(error);
  }

  private answerEnd({ resolve, reject }: Asker, { error }: Ending): void {
    if (error === undefined) resolve({ done: true, value: undefined });
    else reject(error);
  }
}
