import type { ModuleMetadata } from '@nestjs/common';
import {
  chain,
  Channel,
  HandleIn,
  Hub,
  HubException,
  HubMethod,
  Join,
  phoenix,
  SignalRModule,
  type SignalRModuleOptions,
  Clients,
  HubCallerClients,
  HubCallerContext,
  type OnConnected,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { lastValueFrom, Observable, reduce } from 'rxjs';

/** Does a little of everything, with the names that stand in the corpus. */
@Hub('/hub', { history: {}, authenticationRefresh: true })
export class FuzzedHub implements OnConnected {
  onConnected(caller: HubCallerContext) {
    return caller.groups.add('room');
  }

  @HubMethod()
  echo(...given: unknown[]) {
    return given[0];
  }

  @HubMethod()
  async *count(to: number) {
    for (let item = 0; item < Math.min(to, 20); item++) yield item;
  }

  @HubMethod()
  sum(items: Observable<number>) {
    return lastValueFrom(items.pipe(reduce((sum, item) => sum + item, 0)), { defaultValue: 0 });
  }

  @HubMethod()
  async shout(text: string, @Clients() clients: HubCallerClients) {
    await clients.group('room').send('shouted', text);
  }

  @HubMethod()
  fail(reason: string) {
    throw new HubException(reason);
  }
}

@Channel('*')
export class FuzzedChannel {
  @Join()
  join(payload: unknown) {
    return payload;
  }

  @HandleIn('*')
  say(payload: unknown) {
    return payload;
  }
}

@Channel('realtime:*', { presence: true, history: {} })
export class FuzzedRoom {
  @Join() join() {}
}

/** A hub, and channels in two dialects, at the paths that stand in the corpus; no time passes. */
export function fuzzedModule(options: SignalRModuleOptions = {}): ModuleMetadata & { imports: object[]; providers: object[] } {
  const channels = [
    { path: '/socket', dialect: phoenix() },
    { path: '/realtime', dialect: phoenix({ realtime: true }) },
    { path: '/chain', dialect: chain({ cookie: { name: '_sse', secrets: ['a secret'] } }) },
  ];
  const all = { clock: new FakeClock(), channels, limits: { eventsPerSecond: 1_000_000 }, ...options };
  return { imports: [SignalRModule.forRoot(all)], providers: [FuzzedHub, FuzzedChannel, FuzzedRoom] };
}
