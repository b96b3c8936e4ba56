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
import { Hub, HubCallerContext, HubMethod } from 'nestjs-signalr';
import { tap } from 'rxjs';
import { appFrom, appOf, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';

/** How many instances of a class were made, by its name. */
let made: Record<string, number> = {};
const count = (name: string): number => (made[name] = (made[name] ?? 0) + 1);

async function started(...providers: object[]) {
  const app = await appFrom({ ...moduleOf([]), providers: providers as never[] });
  made = {};
  return app;
}

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
