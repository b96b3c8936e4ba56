import { describe, expect, it } from '@jest/globals';
import {
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  ContextIdFactory,
  REQUEST,
  type ContextId,
  type HostComponentInfo,
} from '@nestjs/core';
import { Caller, Hub, HubCallerContext, HubException, HubMethod, type OnConnected, type OnDisconnected } from 'nestjs-signalr';
import { tap } from 'rxjs';
import { appFrom, appOf, log, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { stillHeld } from '../../support/memory.js';

/** Counts the instances of a class that were made. */
let made: Record<string, number> = {};
const count = (name: string): number => (made[name] = (made[name] ?? 0) + 1);

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  readonly number = count('PerRequest');

  constructor(@Inject(REQUEST) readonly request: HubCallerContext) {}
}

@Injectable()
class Shared {
  readonly number = count('Shared');
}

/** What every hub here can tell of itself. */
abstract class CountingHub implements OnConnected, OnDisconnected {
  static ends: number[] = [];
  readonly number = count('Hub');
  calls = 0;

  constructor(
    @Inject(PerRequest) readonly own: PerRequest,
    @Inject(Shared) readonly shared: Shared,
  ) {}

  onConnected() {
    this.calls += 10;
  }

  onDisconnected() {
    CountingHub.ends.push(this.calls);
  }

  @HubMethod()
  tell(@Caller() caller: HubCallerContext) {
    return {
      number: this.number,
      calls: ++this.calls,
      own: this.own.number,
      shared: this.shared.number,
      isCaller: this.own.request === caller,
    };
  }
}

@Hub('/connection', { scope: 'connection' })
class ConnectionHub extends CountingHub {}

@Hub('/invocation', { scope: 'invocation' })
class InvocationHub extends CountingHub {}

@Hub('/default')
class DefaultHub extends CountingHub {}

async function started(...providers: object[]) {
  const app = await appFrom({ ...moduleOf([]), providers: [PerRequest, Shared, ...(providers as never[])] });
  made = {};
  CountingHub.ends = [];
  return app;
}

describe('a hub', () => {
  it('has one instance that all connections share', async () => {
    @Hub('/singleton')
    class SingletonHub {
      readonly number = count('Hub');
      calls = 0;

      @HubMethod()
      tell() {
        return ++this.calls;
      }
    }
    made = {};
    const app = await appOf([SingletonHub]);
    const [first, second] = [await HubPeer.join(app, SingletonHub), await HubPeer.join(app, SingletonHub)];
    expect([await first.ask('tell'), await second.ask('tell'), await first.ask('tell')].map(({ result }) => result)).toEqual([1, 2, 3]);
    expect(made).toEqual({ Hub: 1 });
  });

  it.each([
    ['says so', ConnectionHub],
    ['depends on something that is request-scoped', DefaultHub],
  ])('has an instance for each connection, hooks and calls alike, when it %s', async (_, hub) => {
    const app = await started(hub);
    const [first, second] = [await HubPeer.join(app, hub), await HubPeer.join(app, hub)];
    const answers = [await first.ask('tell'), await first.ask('tell'), await second.ask('tell')].map(({ result }) => result);
    expect(answers).toEqual([
      { number: 1, calls: 11, own: 1, shared: expect.any(Number), isCaller: true },
      { number: 1, calls: 12, own: 1, shared: expect.any(Number), isCaller: true },
      { number: 2, calls: 11, own: 2, shared: expect.any(Number), isCaller: true },
    ]);
    await Promise.all([first.hangUp(), second.hangUp()]);
    expect(CountingHub.ends.sort((a, b) => a - b)).toEqual([11, 12]);
    expect(made).toEqual({ Hub: 2, PerRequest: 2 });
  });

  it('has an instance for each call and each hook when it says so', async () => {
    const app = await started(InvocationHub);
    const peer = await HubPeer.join(app, InvocationHub);
    const answers = [await peer.ask('tell'), await peer.ask('tell')].map(({ result }) => result);
    expect(answers).toMatchObject([
      { calls: 1, isCaller: true },
      { calls: 1, isCaller: true },
    ]);
    await peer.hangUp();
    expect(CountingHub.ends).toEqual([0]);
    expect(made).toEqual({ Hub: 4, PerRequest: 4 });
  });

  it('shares what is request-scoped with all that belongs to the same connection', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Helper {
      constructor(readonly own: PerRequest) {}
    }
    @Hub('/sharing')
    class SharingHub {
      constructor(
        readonly own: PerRequest,
        readonly helper: Helper,
      ) {}

      @HubMethod()
      same() {
        return this.own === this.helper.own;
      }
    }
    const app = await started(SharingHub, Helper);
    expect(await (await HubPeer.join(app, SharingHub)).ask('same')).toMatchObject({ result: true });
  });

  it('runs calls that come at once on one instance of its connection', async () => {
    const app = await started(ConnectionHub);
    const peer = await HubPeer.join(app, ConnectionHub);
    const answers = await Promise.all([peer.ask('tell'), peer.ask('tell'), peer.ask('tell')]);
    expect(answers.map(({ result }) => (result as { calls: number }).calls)).toEqual([11, 12, 13]);
    expect(made['Hub']).toBe(1);
  });

  it('whose instance cannot be made fails the call, and is made for the next', async () => {
    let isBroken = true;
    @Hub('/broken', { scope: 'connection' })
    class BrokenHub {
      constructor() {
        if (isBroken) throw new HubException('The database is away.');
      }

      @HubMethod()
      go() {
        return 'back';
      }
    }
    const peer = await HubPeer.join(await appOf([BrokenHub]), BrokenHub);
    expect(await peer.ask('go')).toMatchObject({ error: expect.stringContaining('HubException: The database is away.') });
    isBroken = false;
    expect(await peer.ask('go')).toMatchObject({ result: 'back' });
  });

  it('does not take a method for the hook of the same name: its guards stand before the method', async () => {
    let hooks = 0;
    @Hub('/same', { scope: 'connection' })
    class SameHub {
      @HubMethod('connect')
      @UseGuards({ canActivate: (context) => context.getType() === 'http' })
      onConnected() {
        return ++hooks;
      }
    }
    const peer = await HubPeer.join(await appOf([SameHub]), SameHub);
    expect(await peer.ask('connect')).toMatchObject({ error: "Failed to invoke 'connect' because user is unauthorized" });
    expect(hooks).toBe(1);
  });
});

describe('what stands around a method and is request-scoped', () => {
  const seen: string[] = [];

  abstract class Numbered {
    readonly number: number;

    constructor(@Inject(REQUEST) readonly request: unknown) {
      this.number = count(this.constructor.name);
    }

    protected note(): void {
      const whose = this.request instanceof HubCallerContext ? 'of the caller' : 'of the request';
      seen.push(`${this.constructor.name} ${this.number} ${whose}`);
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard extends Numbered implements CanActivate {
    canActivate(): boolean {
      this.note();
      return true;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedInterceptor extends Numbered implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler) {
      return next.handle().pipe(tap(() => this.note()));
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedPipe extends Numbered implements PipeTransform {
    transform(value: unknown): unknown {
      this.note();
      return value;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedFilter extends Numbered implements ExceptionFilter {
    catch(): string {
      this.note();
      return 'caught';
    }
  }

  @Hub('/around')
  @UseGuards(ScopedGuard)
  @UseInterceptors(ScopedInterceptor)
  @UseFilters(ScopedFilter)
  class AroundHub {
    @HubMethod()
    @UsePipes(ScopedPipe)
    go(value: string) {
      if (value === 'fail') throw new Error('fail');
      return value;
    }
  }

  @Hub('/around', { scope: 'invocation' })
  class EachHub extends AroundHub {}

  @Hub('/bare', { scope: 'connection' })
  class BareHub {
    @HubMethod()
    go(value: string) {
      if (value === 'fail') throw new Error('fail');
      return value;
    }
  }

  const all = [
    { provide: APP_GUARD, useClass: ScopedGuard, scope: Scope.REQUEST },
    { provide: APP_INTERCEPTOR, useClass: ScopedInterceptor, scope: Scope.REQUEST },
    { provide: APP_PIPE, useClass: ScopedPipe, scope: Scope.REQUEST },
    { provide: APP_FILTER, useClass: ScopedFilter, scope: Scope.REQUEST },
  ];

  const noted = (number: number): string[] => ['Guard', 'Pipe', 'Interceptor'].map((kind) => `Scoped${kind} ${number} of the caller`);

  it.each([
    ['of its class and of its method', AroundHub, []],
    ['of the whole application', BareHub, all],
  ])('is one for each connection: %s', async (_, hub, enhancers) => {
    const app = await started(hub, ...enhancers);
    const peers = [await HubPeer.join(app, hub), await HubPeer.join(app, hub)];
    seen.length = 0;
    for (const peer of [...peers, ...peers]) expect(await peer.ask('go', 'x')).toMatchObject({ result: 'x' });
    expect(seen).toEqual([noted(1), noted(2), noted(1), noted(2)].flat());
    expect(await peers[1].ask('go', 'fail')).toMatchObject({ result: 'caught' });
    expect(seen.at(-1)).toBe('ScopedFilter 2 of the caller');
  });

  it('is one for each call where the hub is', async () => {
    const app = await started(EachHub);
    const peer = await HubPeer.join(app, EachHub);
    seen.length = 0;
    await peer.ask('go', 'x');
    await peer.ask('go', 'x');
    expect(seen).toEqual([noted(1), noted(2)].flat());
  });

  it('makes a hub one of many, unless it is told to be one: that is a boot error', async () => {
    @Hub('/one', { scope: 'singleton' })
    @UseGuards(ScopedGuard)
    class OneHub {}
    await expect(appOf([OneHub])).rejects.toThrow(
      'OneHub says that it is a singleton, but it is request-scoped or depends on something that is.',
    );
  });
});

describe('a durable provider', () => {
  it('lives on for the calls of its tenant', async () => {
    const tenants = new Map<string, ContextId>();
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class TenantService {
      readonly number = count('Tenant');
    }
    @Hub('/tenants', { scope: 'invocation' })
    class TenantsHub {
      constructor(readonly service: TenantService) {}

      @HubMethod()
      tell() {
        return this.service.number;
      }
    }
    ContextIdFactory.apply({
      attach: (contextId: ContextId, request: HubCallerContext) => {
        const name = request.userIdentifier ?? 'nobody';
        const tenant = tenants.get(name) ?? ContextIdFactory.create();
        tenants.set(name, tenant);
        return (info: HostComponentInfo) => (info.isTreeDurable ? tenant : contextId);
      },
    });
    try {
      const app = await started(TenantsHub, TenantService);
      const [ada, bob] = await Promise.all(['ada', 'bob'].map((id) => HubPeer.join(app, TenantsHub, { user: { id } })));
      const answers = [await ada.ask('tell'), await bob.ask('tell'), await ada.ask('tell'), await bob.ask('tell')];
      expect(answers.map(({ result }) => result)).toEqual([1, 2, 1, 2]);
    } finally {
      ContextIdFactory.apply(undefined as never);
    }
  });
});

describe('ten thousand calls', () => {
  const things: WeakRef<object>[] = [];
  const keep = (thing: object): void => void things.push(new WeakRef(thing));

  @Injectable({ scope: Scope.REQUEST })
  class Kept {
    constructor() {
      keep(this);
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class KeptGuard implements CanActivate {
    constructor(readonly kept: Kept) {
      keep(this);
    }

    canActivate(context: ExecutionContext): boolean {
      keep(context);
      return true;
    }
  }

  @UseGuards(KeptGuard)
  abstract class LeavingHub {
    constructor(@Inject(Kept) readonly kept: Kept) {
      keep(this);
    }

    @HubMethod()
    go(value: object) {
      keep(value);
    }
  }

  @Hub('/each', { scope: 'invocation' })
  class EachHub extends LeavingHub {}

  @Hub('/one', { scope: 'connection' })
  class OneHub extends LeavingHub {}

  const call = async (peer: HubPeer, calls: number): Promise<void> => {
    for (let i = 0; i < calls; i += 100) {
      peer.say(...Array.from({ length: 100 }, () => ({ type: 1, target: 'go', arguments: [{}] })));
      await peer.ask('go', {});
      peer.heard.length = peer.texts.length = 0;
    }
  };

  it('leave nothing behind where each has an instance of its own', async () => {
    things.length = 0;
    const app = await appFrom({ ...moduleOf([]), providers: [EachHub, Kept] });
    const peer = await HubPeer.join(app, EachHub);
    await call(peer, 10_000);
    expect(things.length).toBeGreaterThan(50_000);
    // What belongs to the last call may still be on its way out.
    expect(await stillHeld(things)).toBeLessThan(10);
  }, 20_000);

  it('leave nothing behind in a hub that is one for all', async () => {
    @Hub('/shared')
    @UseGuards({ canActivate: (context) => keep(context) === undefined })
    @UseInterceptors({ intercept: (_, next) => next.handle() })
    class SharedHub {
      @HubMethod()
      go(value: object) {
        keep(value);
      }
    }
    things.length = 0;
    const peer = await HubPeer.join(await appOf([SharedHub]), SharedHub);
    await call(peer, 10_000);
    expect(things).toHaveLength(20_200);
    expect(await stillHeld(things)).toBeLessThan(10);
  });

  it('of ten connections leave nothing behind when these have ended', async () => {
    things.length = 0;
    const app = await appFrom({ ...moduleOf([]), providers: [OneHub, Kept] });
    for (let i = 0; i < 10; i++) {
      const peer = await HubPeer.join(app, OneHub);
      await call(peer, 1_000);
      await peer.hangUp();
    }
    expect(things.length).toBeGreaterThan(20_000);
    expect(await stillHeld(things)).toBeLessThan(10);
    expect(log.takeErrors()).toEqual([]);
  });
});
