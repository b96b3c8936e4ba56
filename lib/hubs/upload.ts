import { Subject, type Observable, type Observer, type Operator, type Subscription } from 'rxjs';
import { PLACE, Queue } from '../common/queue.js';
import { guarded, GuardedObservable } from './guarded-observable.js';
import { endsNoProcess } from './told-errors.js';

/** What was sent and nobody has read yet. */
interface Kept {
  readonly item: unknown;
  /** What it counts for while it waits, in bytes. */
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
  private readonly kept = new Queue<Kept>();
  /** What is kept beyond the capacity, in bytes. */
  private parked = 0;
  private readonly askers: Asker[] = [];
  private ending: Ending | undefined;
  private isKeeping = true;
  private isUntouched = true;
  private isHandingOver = false;
  private loops = 0;
  private hasReader = false;
  private waitsSince = 0;
  private wasTakenFrom = false;

  constructor(private readonly backlog: Backlog) {
    super();
  }

  /** The client has sent an item, in a message of so many bytes. It may do so while the first subscriber is told of earlier ones. */
  receive(item: unknown, bytes: number): void {
    if (this.ending !== undefined) return;
    if (!this.isHandingOver && this.observed) this.next(item);
    if (!this.isKeeping) return;
    const asker = this.askers.shift();
    if (asker === undefined) this.keep({ item, size: bytes + PLACE });
    else asker.resolve({ done: false, value: item });
  }

  /** Nothing more will come, for `error` if there is one; what is kept can still be read. Only the first end counts. */
  end(error?: Error): void {
    if (this.ending !== undefined) return;
    this.ending = { error };
    this.tellEnd();
    for (const asker of this.askers.splice(0)) this.answerEnd(asker, this.ending);
  }

  /** Ends it, and forgets what waits beyond its reader's capacity. With an error this end is the one that counts: some of it is lost. */
  cut(error?: Error): void {
    if (error !== undefined) this.ending = undefined;
    this.end(error);
    this.keepOnly(this.backlog.capacity);
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
    this.tellEnd();
    return subscription;
  }

  override asObservable(): Observable<unknown> {
    return new GuardedObservable(this, undefined, (error) => this.backlog.caught(error));
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
    const answer = new Promise<IteratorResult<unknown>>((resolve, reject) => {
      const asker = { resolve, reject };
      if (this.ending === undefined) this.askers.push(asker);
      else this.answerEnd(asker, this.ending);
    });
    // Who asks for an item beforehand may await it later than the client fails it; that must not end the process.
    answer.catch(() => undefined);
    return answer;
  }

  private left(): void {
    if (--this.loops > 0) return;
    this.isKeeping = false;
    this.keepOnly(0);
  }

  private keep(kept: Kept): void {
    const { capacity } = this.backlog;
    this.kept.push(kept);
    if (this.kept.length <= capacity) return;
    if (this.kept.length === capacity + 1) this.waitsSince = this.backlog.now();
    this.parked += kept.size;
    this.backlog.count(kept.size);
  }

  /** Counts last, here as below: that may let the client go on, which changes what is kept. */
  private take(): unknown {
    const { capacity } = this.backlog;
    // The first of those beyond the capacity moves up.
    const moved = this.kept.length > capacity ? this.kept.at(capacity).size : 0;
    const { item } = this.kept.shift();
    this.wasTakenFrom = true;
    this.parked -= moved;
    if (moved > 0) this.backlog.count(-moved);
    return item;
  }

  /** To the first subscriber, all that came before it, and what comes meanwhile. */
  private handOver(): void {
    this.isUntouched = false;
    this.isHandingOver = true;
    try {
      while (this.kept.length > 0 && this.observed) this.next(this.take());
    } finally {
      this.isHandingOver = false;
    }
    if (this.loops > 0) return;
    this.isKeeping = false;
    this.keepOnly(0);
  }

  /** Forgets all but so many, which are no more than the capacity: all that counts goes. */
  private keepOnly(count: number): void {
    const { parked } = this;
    this.parked = 0;
    this.kept.keep(count);
    this.backlog.count(-parked);
  }

  /** Not before all that was kept, and not through what its reader has shut by `unsubscribe`. A subscriber of somebody else's making may throw. */
  private tellEnd(): void {
    if (this.ending === undefined || this.isUntouched || this.isHandingOver || this.closed) return;
    const { error } = this.ending;
    try {
      if (error === undefined) this.complete();
      else this.error(endsNoProcess(error));
    } catch (thrown) {
      this.backlog.caught(thrown);
    }
  }

  private answerEnd({ resolve, reject }: Asker, { error }: Ending): void {
    if (error === undefined) resolve({ done: true, value: undefined });
    else reject(error);
  }
}
