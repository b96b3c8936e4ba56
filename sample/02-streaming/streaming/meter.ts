import { Injectable } from '@nestjs/common';
import { HubException } from 'nestjs-signalr';
import { performance } from 'node:perf_hooks';
import { defer, interval, map, type Observable } from 'rxjs';

/** How this process is at one moment. */
export interface Measurement {
  at: Date;
  /** What it uses of its heap, in MiB. */
  heap: number;
  /** How much of the time since the measurement before it was at work, in percent. */
  busy: number;
  /** How much later than it should this measurement was taken, in milliseconds. */
  late: number;
}

const shortest = 50;
const longest = 10_000;
const badPace = `There can be ${shortest} to ${longest} milliseconds from one measurement to the next.`;

/** Measures this process, at any pace and for as many readers as there are. */
@Injectable()
export class Meter {
  /** @param every - milliseconds from one measurement to the next. */
  measure(every: number | null): Observable<Measurement> {
    if (every === null || !(every >= shortest && every <= longest)) throw new HubException(badPace);
    return defer(() => {
      const probe = new Probe(every);
      return interval(every).pipe(map(() => probe.read()));
    });
  }
}

/** What one reader's next measurement is compared with. */
class Probe {
  private readAt = performance.now();
  private use = performance.eventLoopUtilization();

  constructor(private readonly every: number) {}

  read(): Measurement {
    const { readAt, use } = this;
    this.readAt = performance.now();
    this.use = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.use, use);
    const late = Math.max(0, this.readAt - readAt - this.every);
    return { at: new Date(), heap: process.memoryUsage().heapUsed / 2 ** 20, busy: utilization * 100, late };
  }
}
