import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope, SetMetadata, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, REQUEST, Reflector } from '@nestjs/core';
import { Hub, HubCallerContext, HubMethod, type SignalRModuleOptions } from 'nestjs-signalr';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';
import { noting, WhimGuard } from '../../support/nest-guards.js';

let asked: string[] = [];

const note = (name: string): CanActivate => noting((context) => asked.push(`${name} ${context.getType()}`));

@Hub('/whim')
@UseGuards(WhimGuard)
class WhimHub {}

/** The address of a hub in an application of its own. */
async function served(hub: new (...args: never[]) => object, path: string, providers: object[] = [], options?: SignalRModuleOptions) {
  const { app, url } = await servedAppFrom({ ...moduleOf([], options), providers: [hub, ...(providers as never[])] });
  return { app, hub: url + path };
}

describe('the guards of a connection', () => {
  @Injectable()
  class ConnectGuard implements CanActivate {
    constructor(private readonly reflector: Reflector) {}

    canActivate(context: ExecutionContext): boolean {
      asked.push(`connect ${context.getType()} ${String(this.reflector.get('room', context.getClass()))}`);
      return true;
    }
  }

  @Injectable()
  class Counter {
    count = 0;
  }

  @Injectable()
  class ProvidedGuard implements CanActivate {
    constructor(private readonly counter: Counter) {}

    canActivate(): boolean {
      asked.push(`provided ${++this.counter.count}`);
      return true;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedConnectGuard implements CanActivate {
    canActivate(): boolean {
      return true;
    }
  }

  @Hub('/order', { connectGuards: [ConnectGuard, note('instance'), ProvidedGuard] })
  @UseGuards(note('class'))
  @SetMetadata('room', 'lobby')
  class OrderHub {
    @UseGuards(note('hook'))
    onConnected() {}

    @HubMethod()
    @UseGuards(note('method'))
    go() {}
  }

  const providers = [Counter, ProvidedGuard, { provide: APP_GUARD, useValue: note('app') }];
  const all = ['app http', 'class http', 'hook http', 'connect http lobby', 'instance http'];

  it('F11: are those of the application, the class and onConnected, and then connectGuards, injected or as they are', async () => {
    const { app, hub } = await served(OrderHub, '/order', providers);
    asked = [];
    for (const door of doors) await knock(door, hub);
    expect(asked).toEqual([...all, 'provided 1', ...all, 'provided 2']);
    expect(app.get(Counter).count).toBe(2);
  });

  it('and those of a call are not the same: connectGuards and those of onConnected are asked once', async () => {
    const { hub } = await served(OrderHub, '/order', providers);
    const socket = await HubSocket.join(hub);
    asked = [];
    await socket.ask('go');
    expect(asked).toEqual(['app ws', 'class ws', 'method ws']);
  });

  it('are asked no further after the first that refuses', async () => {
    @Hub('/refusing', { connectGuards: [note('never')] })
    @UseGuards(note('class'), { canActivate: () => false })
    class RefusingHub {}
    const { hub } = await served(RefusingHub, '/refusing');
    asked = [];
    for (const door of doors) expect((await knock(door, hub)).status).toBe(403);
    expect(asked).toEqual(['class http', 'class http']);
  });

  it('may be said for all hubs in the options of the module', async () => {
    @Hub('/plain')
    class PlainHub {}
    const { hub } = await served(PlainHub, '/plain', [], { connectGuards: [{ canActivate: () => false }] });
    for (const door of doors) expect((await knock(door, hub)).status).toBe(403);
  });

  it('are injected with what the module of the hub has, also where no module provides them', async () => {
    @Injectable()
    class CountingGuard implements CanActivate {
      constructor(private readonly counter: Counter) {}

      canActivate(): boolean {
        return ++this.counter.count > 0;
      }
    }
    @Hub('/counted')
    class CountedHub {}
    const { app, hub } = await served(CountedHub, '/counted', [Counter], { connectGuards: [CountingGuard] });
    for (const door of doors) expect((await knock(door, hub)).status).toBeLessThan(300);
    expect(app.get(Counter).count).toBe(2);
  });

  it.each<[string, object[]]>([
    ['a provider', [ScopedConnectGuard]],
    ['none', []],
  ])('are one for all: connectGuards refuses what is request-scoped, %s', async (_, provided) => {
    @Hub('/one', { connectGuards: [ScopedConnectGuard] })
    class OneHub {}
    await expect(served(OneHub, '/one', provided)).rejects.toThrow('Write @UseGuards(ScopedConnectGuard) above onConnected of OneHub');
  });

  it('are those that the hub itself says, in place of those of the module', async () => {
    @Hub('/own', { connectGuards: [note('own')] })
    class OwnHub {}
    const { hub } = await served(OwnHub, '/own', [], { connectGuards: [{ canActivate: () => false }] });
    asked = [];
    for (const door of doors) expect((await knock(door, hub)).status).toBeLessThan(300);
    expect(asked).toEqual(['own http', 'own http']);
  });

  it('are not those of the application with globalEnhancers: false', async () => {
    const { hub } = await served(WhimHub, '/whim', [{ provide: APP_GUARD, useValue: { canActivate: () => false } }], {
      globalEnhancers: false,
    });
    WhimGuard.answer = () => true;
    for (const door of doors) expect((await knock(door, hub)).status).toBeLessThan(300);
  });

  it('are those of useGlobalGuards as well', async () => {
    const { url } = await servedAppFrom(moduleOf([WhimHub]), (app) => app.useGlobalGuards({ canActivate: () => false }));
    for (const door of doors) expect((await knock(door, `${url}/whim`)).status).toBe(403);
  });

  it('are not lost where the hub comes from a factory', async () => {
    @Injectable()
    class RefusingGuard implements CanActivate {
      constructor(private readonly counter: Counter) {}

      canActivate(): boolean {
        return this.counter.count++ < 0;
      }
    }
    @Hub('/made')
    @UseGuards(RefusingGuard)
    class MadeHub {}
    const made = { provide: MadeHub, useFactory: () => new MadeHub() };
    const { url } = await servedAppFrom({ ...moduleOf([]), providers: [made, Counter] });
    for (const door of doors) expect((await knock(door, `${url}/made`)).status).toBe(403);
  });

  it('stand before every request of the hub, and before no other', async () => {
    const { hub } = await served(WhimHub, '/whim');
    WhimGuard.answer = () => false;
    for (const method of ['GET', 'POST', 'DELETE', 'PUT']) expect((await ask(method, `${hub}?id=x`)).status).toBe(403);
    expect((await ask('POST', `${hub}/negotiate/x`)).status).toBe(404);
  });
});

describe('guards of a connection that are request-scoped', () => {
  let made: string[] = [];

  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard implements CanActivate {
    constructor(@Inject(REQUEST) private readonly request: unknown) {
      made.push(`guard of ${request instanceof HubCallerContext ? 'a caller' : 'a request'}`);
    }

    canActivate(context: ExecutionContext): boolean {
      if (context.getType() === 'http') return context.switchToHttp().getRequest() === this.request;
      return context.switchToWs().getClient() === this.request;
    }
  }

  @Hub('/scoped')
  class ScopedHub {
    constructor(@Inject(REQUEST) caller: HubCallerContext) {
      made.push(`hub of ${caller.connectionId.length > 0 ? 'a caller' : 'nobody'}`);
    }

    @HubMethod()
    go() {
      return 'gone';
    }
  }

  @Hub('/scoped')
  @UseGuards(ScopedGuard)
  class GuardedHub extends ScopedHub {}

  it.each([
    ['of the class', GuardedHub, []],
    ['of the application', ScopedHub, [{ provide: APP_GUARD, useClass: ScopedGuard, scope: Scope.REQUEST }]],
  ])('have the request itself, and make no hub before there is a caller: %s', async (_, type, providers) => {
    const { hub } = await served(type, '/scoped', providers);
    made = [];
    for (const door of doors) expect((await knock(door, hub)).status).toBeLessThan(300);
    expect(made).toEqual(['guard of a request', 'guard of a request']);
    const socket = await HubSocket.join(hub);
    made = [];
    expect(await socket.ask('go')).toMatchObject({ result: 'gone' });
    expect(made.sort()).toEqual(['guard of a caller', 'hub of a caller']);
  });

  it('that cannot be made let nobody in', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class BrokenGuard implements CanActivate {
      constructor() {
        throw new Error('no guard');
      }

      canActivate(): boolean {
        return true;
      }
    }
    @Hub('/broken')
    @UseGuards(BrokenGuard)
    class BrokenHub {}
    const { hub } = await served(BrokenHub, '/broken');
    for (const door of doors) expect((await knock(door, hub)).status).toBe(500);
    expect(log.takeErrors()).toEqual([expect.stringContaining('no guard')]);
  });
});
