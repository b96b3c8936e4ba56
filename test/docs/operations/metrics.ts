import { Injectable } from '@nestjs/common';
import { SignalREvents } from 'nestjs-signalr';

@Injectable()
export class Metrics {
  connections = 0;
  readonly calls = new Map<string, { count: number; failed: number; milliseconds: number }>();

  constructor(events: SignalREvents) {
    events.on('connected', () => this.connections++);
    events.on('disconnected', () => this.connections--);
    events.on('invoked', ({ endpoint, method = 'unknown', duration = 0, error }) => {
      const label = `${endpoint}.${method}`;
      const known = this.calls.get(label) ?? { count: 0, failed: 0, milliseconds: 0 };
      this.calls.set(label, {
        count: known.count + 1,
        failed: known.failed + (error === undefined ? 0 : 1),
        milliseconds: known.milliseconds + duration,
      });
    });
  }
}
