import type { INestApplication } from '@nestjs/common';
import {
  Clients,
  Hub,
  HubClients,
  HubMethod,
  type HubCallerClients,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../lib/common/events.js';
import { moduleOf, servedAppFrom } from './app-of.js';
import { EndingHub } from './hub-ending.js';
import { Gate } from './hub-gate.js';

/** A hub whose clients may come back. */
@Hub('/chat', { statefulReconnect: true })
export class ResumableHub extends EndingHub {
  readonly gate = new Gate();
  /** Every call of `note`, in the order in which they ran. */
  readonly notes: unknown[] = [];
  /** The end of the connection's signal, as often as it came. */
  aborts = 0;

  onConnected(caller: HubCallerContext) {
    caller.signal.addEventListener('abort', () => this.aborts++);
    return caller.groups.add('all');
  }

  @HubMethod()
  note(value: unknown) {
    this.notes.push(value);
    return value;
  }

  @HubMethod()
  async wait() {
    await this.gate.pass();
    return 'waited';
  }

  @HubMethod()
  ask(question: string, @Clients() clients: HubCallerClients) {
    return clients.caller.invoke('ask', question);
  }

  @HubMethod()
  async *count(to: number) {
    for (let number = 0; number < to; number++) yield await Promise.resolve(number);
  }
}

/** An application with such a hub, and a clock that stands still. What `prepare` does comes before its start. */
export async function resumableApp(
  options: SignalRModuleOptions = {},
  hub: typeof ResumableHub = ResumableHub,
  prepare?: (app: INestApplication) => unknown,
) {
  const clock = new FakeClock();
  const { app, url } = await servedAppFrom(moduleOf([hub], { clock, ...options }), prepare);
  const events = app.get(Events, { strict: false });
  /** Settles when the server knows of the next cut, return or end. */
  const next = (name: 'interrupted' | 'resumed' | 'disconnected'): Promise<EventMap[typeof name]> =>
    new Promise((resolve) => {
      const stop = events.on(name, (event) => {
        stop();
        resolve(event);
      });
    });
  return { app, clock, hub: app.get(hub), clients: app.get(HubClients), url: `${url}/chat`, next };
}
