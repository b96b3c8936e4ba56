import { isObservable, Observable, Subscription, type Observer } from 'rxjs';
import { abandon, HeldStream, isStream, letGo, paced, type Reading, type StreamSource } from '../hubs/streams.js';
import type { Call } from './call.js';
import { contained, type Report } from './contained.js';
import { Relay } from './interceptor-relay.js';

/** Puts a method into its interceptors, and these into what reports their mistakes: what they make of it comes out. */
export type Intercept = (run: () => Promise<unknown>, report: Report) => Promise<Observable<unknown>>;

/**
 * The result of a method that interceptors stand around. Whether it is a stream the method itself says: then interceptors see its items, which
 * begin to come when somebody wants them; else its last value is the result.
 *
 * @param run - the method.
 */
export function intercepted(call: Call, run: () => unknown, intercept: Intercept): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const relay = new Relay(call.wantsStream, resolve, reject);
    void new InterceptedCall(call, run, relay, resolve).begin(intercept).catch(reject);
  });
}

/** One call on its way through its interceptors. They may run the method several times: each run's stream is part of what they make of them. */
class InterceptedCall implements Reading {
  private readonly subscription = new Subscription();
  /** Settles when every source has been let go of. */
  private leaving: Promise<void> | undefined;

  constructor(
    private readonly call: Call,
    private readonly run: () => unknown,
    private readonly relay: Relay,
    private readonly offer: (stream: HeldStream) => void,
  ) {}

  async begin(intercept: Intercept): Promise<void> {
    const answer$ = await intercept(async () => {
      const result = await this.run();
      return isStream(result) ? this.taken(result) : result;
    }, this.report);
    this.subscription.add(answer$.subscribe(this.relay));
  }

  readonly room = (): Promise<void> | undefined => this.call.room();

  letGo(stop: () => unknown): void {
    const leaving = letGo(stop, (error) => this.call.report(`leaving the stream of '${this.call.target}'`, error));
    if (leaving === undefined) return;
    const before = this.leaving;
    this.leaving = before === undefined ? leaving : leaving.then(() => before);
  }

  /** A stream may come too late: then nobody will subscribe to it. */
  private taken(source: StreamSource): Observable<unknown> {
    if (this.relay.hasEnded || this.subscription.closed) this.letGo(() => abandon(source));
    return contained(this.held(source), this.report);
  }

  /** The items of a method's stream. Those of the first one wait until what the interceptors make of them is listened to. */
  private held(source: StreamSource): Observable<unknown> {
    return new Observable((subscriber) => {
      let hasBegun = false;
      this.relay.whenHeard(() => {
        hasBegun = true;
        if (!subscriber.closed) subscriber.add(this.itemsOf(source).subscribe(subscriber));
      });
      this.offer(new HeldStream(this.items, !isObservable(source), this.leave));
      return () => {
        if (!hasBegun) this.letGo(() => abandon(source));
      };
    });
  }

  private itemsOf(source: StreamSource): Observable<unknown> {
    if (isObservable(source)) return source;
    return source instanceof HeldStream ? source.items : paced(source, this);
  }

  /** What the interceptors make of the stream. */
  private readonly items = new Observable<unknown>((listener: Observer<unknown>) => this.relay.listen(listener));

  private readonly leave = (): Promise<void> | undefined => {
    this.subscription.unsubscribe();
    return this.leaving;
  };

  private readonly report = (error: unknown): void => this.call.report(`leaving the interceptors of '${this.call.target}'`, error);
}
