import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ForbiddenException,
  Injectable,
  Scope,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  UsePipes,
  type CanActivate,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import { Caller, Hub, HubException, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { EMPTY, of, throwError } from 'rxjs';
import { appFrom, appOf, log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';

/** What was asked, in order. */
let asked: string[] = [];

const note = (name: string): CanActivate => ({
  canActivate: () => {
    asked.push(name);
    return true;
  },
});

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

/** Answers as a test wants it. */
class WhimGuard implements CanActivate {
  static answer: () => unknown = () => true;

  canActivate(): boolean {
    return WhimGuard.answer() as boolean;
  }
}

const UNAUTHORIZED = "Failed to invoke 'open' because user is unauthorized";
const INVOKING = "An unexpected error occurred invoking 'open' on the server.";

const throwing = (thrown: unknown) => () => {
  throw thrown;
};

@Hub('/whim')
class WhimHub {
  opened = 0;

  @HubMethod()
  @UseGuards(WhimGuard)
  open() {
    return ++this.opened;
  }

  @HubMethod()
  alive() {
    return 'alive';
  }
}

async function whimPeer(answer: () => unknown): Promise<{ peer: HubPeer; hub: WhimHub }> {
  WhimGuard.answer = answer;
  const app = await appOf([WhimHub]);
  return { peer: await HubPeer.join(app, WhimHub), hub: app.get(WhimHub) };
}

describe('a guard before a call', () => {
  it.each<[string, () => unknown]>([
    ['true', () => true],
    ['a promise of true', async () => true],
    ['an Observable of true', () => of(true)],
    ['an Observable whose last value is true', () => of(false, true)],
    ['a promise of an Observable of true', async () => of(true)],
    ['something that is true to JavaScript', () => ({ user: 'ada' })],
  ])('lets it pass by %s', async (_, answer) => {
    const { peer } = await whimPeer(answer);
    expect(await peer.ask('open')).toMatchObject({ result: 1 });
  });

  it.each<[string, () => unknown]>([
    ['false', () => false],
    ['undefined', () => undefined],
    ['a promise of false', async () => false],
    ['an Observable of false', () => of(false)],
    ['an Observable of nothing', () => EMPTY],
    ['UnauthorizedException', throwing(new UnauthorizedException('no token'))],
    ['ForbiddenException', throwing(new ForbiddenException())],
    ['a rejected UnauthorizedException', () => Promise.reject(new UnauthorizedException())],
    ['an Observable of ForbiddenException', () => throwError(() => new ForbiddenException())],
  ])('refuses it by %s: the caller is unauthorized, the method does not run, nothing is logged', async (_, answer) => {
    const { peer, hub } = await whimPeer(answer);
    expect(await peer.ask('open')).toEqual({ type: 3, invocationId: 'ask-1', error: UNAUTHORIZED });
    expect(hub.opened).toBe(0);
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
  });

  it.each<[string, () => unknown]>([
    ['HubException', throwing(new HubException('Come back later.'))],
    ['WsException', throwing(new WsException('Come back later.'))],
    ['BadRequestException', throwing(new BadRequestException('Come back later.'))],
    ['a rejected HubException', () => Promise.reject(new HubException('Come back later.'))],
    ['an Observable of HubException', () => throwError(() => new HubException('Come back later.'))],
  ])('tells the caller why by %s', async (_, answer) => {
    const { peer } = await whimPeer(answer);
    expect(await peer.ask('open')).toMatchObject({ error: `${INVOKING} HubException: Come back later.` });
  });

  it('is asked anew for each call, and a refused call disturbs no other', async () => {
    let turn = 0;
    const { peer } = await whimPeer(() => ++turn % 2 === 1);
    expect(await peer.ask('open')).toMatchObject({ result: 1 });
    expect(await peer.ask('open')).toMatchObject({ error: UNAUTHORIZED });
    expect(await peer.ask('open')).toMatchObject({ result: 2 });
  });

  it('is asked for a call that awaits no answer, which then does not run', async () => {
    const { peer, hub } = await whimPeer(() => false);
    peer.say({ type: 1, target: 'open', arguments: [] });
    expect(await peer.hearsNothing()).toBe(true);
    expect(hub.opened).toBe(0);
  });

  it('is not asked about a method that does not exist, nor about arguments of the wrong number', async () => {
    const { peer } = await whimPeer(throwing(new Error('asked')));
    expect(await peer.ask('nothing')).toMatchObject({ error: expect.stringContaining('Method does not exist.') });
    expect(await peer.ask('open', 1)).toMatchObject({ error: "Failed to invoke 'open' due to an error on the server." });
  });
});

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

  it('are asked in the order application, class, method, and before pipes', async () => {
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
    expect(await peer.ask('stop', 1)).toMatchObject({ error: "Failed to invoke 'stop' because user is unauthorized" });
    expect(asked).toEqual(['class 1', 'class 2', 'method 1']);
  });

  it('are injected when they are given by their class', async () => {
    @Hub('/injected')
    @UseGuards(PermissionGuard)
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
    expect(await bob.ask('open')).toMatchObject({ error: UNAUTHORIZED });
  });

  it('may be transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientGuard extends PermissionGuard {}
    @Hub('/transient')
    @UseGuards(TransientGuard)
    class TransientHub {
      @HubMethod()
      open() {
        return true;
      }
    }
    const app = await appFrom({ ...moduleOf([]), providers: [TransientHub, Permissions] });
    expect(await (await HubPeer.join(app, TransientHub, { user: { id: 'ada' } })).ask('open')).toMatchObject({ result: true });
    expect(await (await HubPeer.join(app, TransientHub)).ask('open')).toMatchObject({ error: UNAUTHORIZED });
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
    expect(await (await HubPeer.join(app, OverrideHub, { user: { id: 'ada' } })).ask('open')).toMatchObject({ error: UNAUTHORIZED });
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
    expect(await peer.ask('open')).toMatchObject({ error: UNAUTHORIZED });
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
    expect(await (await HubPeer.join(app, UnmadeHub)).ask('open')).toMatchObject({ error: INVOKING });
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
    expect(await peer.ask('open')).toMatchObject({ error: INVOKING });
    expect(log.takeErrors()).toEqual([expect.stringContaining('ScopedGuard is request-scoped')]);
  });
});

describe('what a guard sees of a call', () => {
  let seen: ExecutionContext | undefined;
  const look: CanActivate = {
    canActivate: (context) => {
      seen = context;
      return true;
    },
  };
  const Role = (...roles: string[]) => SetMetadata('roles', roles);

  @Injectable()
  class RolesGuard implements CanActivate {
    constructor(private readonly reflector: Reflector) {}

    canActivate(context: ExecutionContext): boolean {
      const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [context.getHandler(), context.getClass()]);
      const { user } = context.switchToHttp().getRequest<{ user?: { roles: string[] } }>();
      return roles === undefined || roles.some((role) => user?.roles.includes(role) === true);
    }
  }

  @Hub('/look')
  @UseGuards(look, RolesGuard)
  @Role('member')
  class LookHub {
    @HubMethod('Look')
    look(_: unknown, __: unknown, @Caller() caller: HubCallerContext) {
      return caller.connectionId;
    }

    @HubMethod()
    @Role('admin')
    rule() {
      return true;
    }
  }

  it('is the caller, the arguments, the name as it was written, the hub and the method', async () => {
    const app = await appOf([LookHub]);
    const peer = await HubPeer.join(app, LookHub, { user: { roles: ['member'] } });
    const { result } = await peer.ask('LOOK', 1, { a: 2 });
    const context = seen as ExecutionContext;
    const ws = context.switchToWs();
    expect([context.getType(), ws.getData(), ws.getPattern()]).toEqual(['ws', [1, { a: 2 }], 'LOOK']);
    expect(ws.getClient<HubCallerContext>().connectionId).toBe(result);
    expect([context.getClass(), context.getHandler()]).toEqual([LookHub, LookHub.prototype.look]);
    expect([context.getArgByIndex(0), context.getArgs().at(-1)]).toEqual([ws.getClient(), 'LOOK']);
  });

  it('is the user where a guard for controllers looks for it, in the request', async () => {
    const app = await appOf([LookHub]);
    const [nobody, member, admin] = await Promise.all(
      [undefined, { roles: ['member'] }, { roles: ['admin', 'member'] }].map((user) => HubPeer.join(app, LookHub, { user })),
    );
    expect(await nobody.ask('look', 1, 2)).toHaveProperty('error');
    expect(await member.ask('look', 1, 2)).toHaveProperty('result');
    expect(await member.ask('rule')).toMatchObject({ error: "Failed to invoke 'rule' because user is unauthorized" });
    expect(await admin.ask('rule')).toMatchObject({ result: true });
  });

  it('can be changed: a user that it writes to the request is the caller’s from then on', async () => {
    @Hub('/write')
    class WriteHub {
      @HubMethod()
      @UseGuards({
        canActivate: (context) => {
          context.switchToHttp().getRequest<{ user: unknown }>().user = { id: 'bob' };
          return true;
        },
      })
      become(@Caller() caller: HubCallerContext) {
        return [caller.user, caller.userIdentifier];
      }

      @HubMethod()
      who(@Caller() caller: HubCallerContext) {
        return caller.user;
      }
    }
    const peer = await HubPeer.join(await appOf([WriteHub]), WriteHub, { user: { id: 'ada' } });
    expect(await peer.ask('become')).toMatchObject({ result: [{ id: 'bob' }, 'ada'] });
    expect(await peer.ask('who')).toMatchObject({ result: { id: 'bob' } });
  });
});
