import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope, UseGuards, UsePipes, type CanActivate, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { appFrom, appOf, log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { failed, unauthorized } from '../../support/nest-calls.js';
import { noting } from '../../support/nest-guards.js';

/** What was asked, in order. */
let asked: string[] = [];

const note = (name: string): CanActivate => noting(() => asked.push(name));

@Injectable()
class Permissions {
  readonly allowed = new Set(['ada']);
}

@Injectable()
class PermissionGuard implements CanActivate {
  constructor(private readonly permissions: Permissions) {}

  canActivate(context: ExecutionContext): boolean {
    asked.push('injected');
    return this.permissions.allowed.has(context.switchToWs().getClient<HubCallerContext>().userIdentifier ?? '');
  }
}

@Injectable()
class AppGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    asked.push(`app ${context.getType()}`);
    return true;
  }
}

describe('guards', () => {
  @Hub('/order')
  @UseGuards(note('class 1'), note('class 2'))
  class OrderHub {
    @HubMethod()
    @UseGuards(note('method 1'), note('method 2'))
    @UsePipes({
      transform: (value: unknown) => {
        asked.push('pipe');
        return value;
      },
    } satisfies PipeTransform)
    go(_value: unknown) {
      asked.push('method');
    }

    @HubMethod()
    @UseGuards(note('method 1'), { canActivate: () => false }, note('never'))
    @UsePipes({ transform: () => asked.push('never') })
    stop(_value: unknown) {
      asked.push('never');
    }
  }

  it('F11: are asked in the order application, class, method, and before pipes', async () => {
    const app = await appFrom({
      ...moduleOf([]),
      providers: [OrderHub, { provide: APP_GUARD, useClass: AppGuard }, { provide: APP_GUARD, useValue: note('app 2') }],
    });
    const peer = await HubPeer.join(app, OrderHub);
    asked = [];
    await peer.ask('go', 1);
    expect(asked).toEqual(['app ws', 'app 2', 'class 1', 'class 2', 'method 1', 'method 2', 'pipe', 'method']);
  });

  it('are asked no further after the first that refuses', async () => {
    const app = await appOf([OrderHub]);
    const peer = await HubPeer.join(app, OrderHub);
    asked = [];
    expect(await peer.ask('stop', 1)).toMatchObject(unauthorized('stop'));
    expect(asked).toEqual(['class 1', 'class 2', 'method 1']);
  });

  @Injectable({ scope: Scope.TRANSIENT })
  class TransientGuard extends PermissionGuard {}

  it.each([
    ['given by their class', PermissionGuard],
    ['transient', TransientGuard],
  ])('are injected when they are %s', async (_, guard) => {
    @Hub('/injected')
    @UseGuards(guard)
    class InjectedHub {
      @HubMethod()
      open() {
        return true;
      }
    }
    const app = await appFrom({ ...moduleOf([]), providers: [InjectedHub, Permissions] });
    const ada = await HubPeer.join(app, InjectedHub, { user: { id: 'ada' } });
    const bob = await HubPeer.join(app, InjectedHub, { user: { id: 'bob' } });
    expect(await ada.ask('open')).toMatchObject({ result: true });
    expect(await bob.ask('open')).toMatchObject(unauthorized('open'));
  });

  it('of useGlobalGuards are asked too: no gateway of Nest 11 would', async () => {
    const { app } = await servedAppFrom(moduleOf([OrderHub]), (application) => application.useGlobalGuards(note('global')));
    const peer = await HubPeer.join(app, OrderHub);
    asked = [];
    await peer.ask('go', 1);
    expect(asked[0]).toBe('global');
  });

  it('of the whole application are left out with globalEnhancers: false', async () => {
    const app = await appFrom({
      ...moduleOf([], { globalEnhancers: false }),
      providers: [OrderHub, { provide: APP_GUARD, useClass: AppGuard }],
    });
    const peer = await HubPeer.join(app, OrderHub);
    asked = [];
    await peer.ask('go', 1);
    expect(asked[0]).toBe('class 1');
  });

  it('of a class stand before the methods of the classes that extend it', async () => {
    class BaseHub {
      @HubMethod()
      @UseGuards(note('base method'))
      inherited() {}

      @HubMethod()
      @UseGuards(note('base method'))
      overridden() {}
    }
    @Hub('/derived')
    class DerivedHub extends UseGuardsOn(BaseHub) {
      override overridden() {}
    }
    const peer = await HubPeer.join(await appOf([DerivedHub]), DerivedHub);
    for (const method of ['inherited', 'overridden']) {
      asked = [];
      expect(await peer.ask(method)).toMatchObject({ result: null });
      expect(asked).toEqual(['base class', 'base method']);
    }

    function UseGuardsOn<T extends abstract new () => object>(target: T): T {
      UseGuards(note('base class'))(target);
      return target;
    }
  });
});

describe('a guard that is given by its class', () => {
  class NobodyGuard extends PermissionGuard {
    override canActivate(context: ExecutionContext): boolean {
      return super.canActivate(context) && false;
    }
  }
  Injectable()(NobodyGuard);
  Reflect.defineMetadata('design:paramtypes', [Permissions], NobodyGuard);

  class SecretHub {
    @HubMethod()
    @UseGuards(NobodyGuard)
    open() {
      return 'the secret';
    }
  }

  it('is not lost where the method is overridden without decorators', async () => {
    @Hub('/override')
    class OverrideHub extends SecretHub {
      override open() {
        return 'the other secret';
      }
    }
    const app = await appFrom({ ...moduleOf([]), providers: [OverrideHub, Permissions] });
    asked = [];
    expect(await (await HubPeer.join(app, OverrideHub, { user: { id: 'ada' } })).ask('open')).toMatchObject(unauthorized('open'));
    expect(asked).toEqual(['injected']);
  });

  it.each<[string, (hub: new () => SecretHub) => object]>([
    ['a factory', (hub) => ({ provide: hub, useFactory: () => new hub() })],
    ['a value', (hub) => ({ provide: hub, useValue: new hub() })],
    ['another class', (hub) => ({ provide: class Token {}, useClass: hub })],
  ])('is not lost where the hub is provided by %s', async (_, provide) => {
    @Hub('/provided')
    @UseGuards(AppGuard)
    class ProvidedHub extends SecretHub {}
    const app = await appFrom({ ...moduleOf([]), providers: [provide(ProvidedHub) as never, Permissions] });
    const peer = await HubPeer.join(app, '/provided', { user: { id: 'ada' } });
    asked = [];
    expect(await peer.ask('open')).toMatchObject(unauthorized('open'));
    expect(asked).toEqual(['app ws', 'injected']);
  });

  it('fails every call, and lets none pass, where it cannot be made', async () => {
    @Hub('/unmade')
    class UnmadeHub extends SecretHub {
      override open() {
        return 'the other secret';
      }
    }
    const app = await appFrom({ ...moduleOf([]), providers: [UnmadeHub] });
    expect(await (await HubPeer.join(app, UnmadeHub)).ask('open')).toMatchObject(failed('open'));
    expect(log.takeErrors()).toEqual([expect.stringContaining("Nest can't resolve dependencies of the NobodyGuard (?)")]);
  });

  it('fails every call, and lets none pass, where it is request-scoped and was found too late', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard extends AppGuard {}
    class BaseHub {
      @HubMethod()
      @UseGuards(ScopedGuard)
      open() {}
    }
    @Hub('/late')
    class LateHub extends BaseHub {
      override open() {}
    }
    const peer = await HubPeer.join(await appOf([LateHub]), LateHub);
    expect(await peer.ask('open')).toMatchObject(failed('open'));
    expect(log.takeErrors()).toEqual([expect.stringContaining('ScopedGuard is request-scoped')]);
  });
});
