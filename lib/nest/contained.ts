import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, Observable, Subscription } from 'rxjs';

/** Takes note of what an Observable threw when it was let go of. */
export type Report = (error: unknown) => void;

/**
 * The same Observable; but what it throws when it is let go of, in a `finalize` say, is reported. Else that would be thrown at whoever has told it
 * to end, before those who listen hear of the end: a timer, or a promise that nobody awaits, and then it ends the process.
 */
export function contained<T>(source: Observable<T>, report: Report): Observable<T> {
  return new Observable<T>((subscriber) => {
    const inner = new Subscription();
    const leave = (): void => {
      try {
        inner.unsubscribe();
      } catch (error) {
        report(error);
      }
    };
    const first = (tell: () => void): void => {
      leave();
      tell();
    };
    inner.add(
      source.subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => first(() => subscriber.error(error)),
        complete: () => first(() => subscriber.complete()),
      }),
    );
    return leave;
  });
}

/** An interceptor whose Observables are {@link contained}. */
export class ContainedInterceptor implements NestInterceptor {
  constructor(
    private readonly interceptor: NestInterceptor,
    private readonly report: Report,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    return contained(from(await this.interceptor.intercept(context, next)), this.report);
  }
}
