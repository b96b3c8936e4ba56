import { describe, expect, it } from '@jest/globals';
import { HttpException, Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Caller, Hub, HubClients, HubConnections, HubMethod, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { bearer, doors, knock, negotiate } from '../../support/nest-knock.js';

type UserRequest = IncomingMessage & { user?: unknown };

const nameIn = ({ headers }: IncomingMessage): string | undefined => /^Bearer (\w+)$/.exec(headers.authorization ?? '')?.[1];

/** Takes the bearer token for a name, and lets in who has none as nobody. */
@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UserRequest>();
    const name = nameIn(request);
    if (name !== undefined) request.user = { id: name };
    return true;
  }
}

class WhoHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user ?? 'nobody', caller.userIdentifier ?? 'nobody'];
  }
}

@Hub('/guarded')
@UseGuards(NameGuard)
class GuardedHub extends WhoHub {}

@Hub('/open')
class OpenHub extends WhoHub {}

async function served(options?: SignalRModuleOptions, hub: new () => object = OpenHub, path = '/open') {
  const { app, url } = await servedAppFrom(moduleOf([hub], options));
  return { app, hub: url + path };
}

const guarded = (options?: SignalRModuleOptions) => served(options, GuardedHub, '/guarded');

async function who(socket: HubSocket): Promise<unknown> {
  const { result, error } = await socket.ask('who');
  return result ?? error;
}

const unauthorized = { message: 'Unauthorized', statusCode: 401 };
const stolen = { status: 403, body: 'The connection was negotiated by another user.' };

describe('authenticate', () => {
  it.each<[string, SignalRModuleOptions['authenticate'], unknown]>([
    ['a user', (request) => ({ id: nameIn(request) }), [{ id: 'ada' }, 'ada']],
    ['a promise of one', async (request) => ({ id: nameIn(request) }), [{ id: 'ada' }, 'ada']],
    ['an object with a user', (request) => ({ user: { sub: nameIn(request) } }), [{ sub: 'ada' }, 'ada']],
    ['only a name', (request) => nameIn(request), ['ada', 'nobody']],
  ])('says who somebody is by %s, and hubs need no guard', async (_, authenticate, expected) => {
    const { hub } = await served({ authenticate });
    expect(await who(await HubSocket.join(`${hub}?access_token=ada`))).toEqual(expected);
    expect((await knock('negotiation', hub, bearer('ada'))).status).toBe(200);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['an object whose user is undefined', { user: undefined }],
    ['an object whose user is null', { user: null }],
    ['a promise of nobody', Promise.resolve()],
  ])('answers nobody with 401: %s', async (_, nobody) => {
    const { app, hub } = await served({ authenticate: () => nobody });
    for (const door of doors) expect(await knock(door, hub)).toMatchObject({ status: 401, body: unauthorized });
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('jwt malformed'); }], // prettier-ignore
    // oxlint-disable-next-line typescript/only-throw-error
    ['throws null', () => { throw null; }], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('jwt expired'))],
  ])('answers with 401, and no more, where it %s: that is how libraries say that a token is none', async (_, authenticate) => {
    const { hub } = await served({ authenticate });
    for (const door of doors) expect(await knock(door, hub)).toMatchObject({ status: 401, body: unauthorized });
  });

  it('answers with the status and the body of an HttpException', async () => {
    const { hub } = await served({ authenticate: () => Promise.reject(new HttpException({ code: 'locked' }, 423)) });
    for (const door of doors) expect(await knock(door, hub)).toMatchObject({ status: 423, body: { code: 'locked' } });
  });

  it('comes before the guards, which find the user on the request', async () => {
    const seen: unknown[] = [];
    @Hub('/after')
    @UseGuards({ canActivate: (context) => seen.push(context.switchToHttp().getRequest<UserRequest>().user) > 0 })
    class AfterHub {}
    const { hub } = await served({ authenticate: () => ({ id: 'ada' }) }, AfterHub, '/after');
    for (const door of doors) await knock(door, hub);
    expect(seen).toEqual([{ id: 'ada' }, { id: 'ada' }]);
  });
});

describe('userIdProvider', () => {
  it('names the user, and all connections of one are found by that name', async () => {
    const { app, hub } = await guarded({ userIdProvider: (user) => (user as { id: string } | undefined)?.id.toUpperCase() });
    const sockets = await Promise.all(['ada', 'ada', 'bob'].map((name) => HubSocket.join(`${hub}?access_token=${name}`)));
    expect(await who(sockets[0])).toEqual([{ id: 'ada' }, 'ADA']);
    expect(await app.get(HubConnections).count({ user: 'ADA' })).toBe(2);
    await app.get(HubClients).user('ADA').send('hello');
    for (const socket of sockets.slice(0, 2)) expect(await socket.messages()).toMatchObject([{ target: 'hello' }]);
    expect(await who(sockets[2])).toEqual([{ id: 'bob' }, 'BOB']);
  });

  it.each<[string, unknown, string]>([
    ['sub', { sub: 's', id: 'i', nameid: 'n' }, 's'],
    ['id', { id: 7, nameid: 'n' }, '7'],
    ['nameid', { id: {}, nameid: 'n' }, 'n'],
    ['nothing else', { name: 'x' }, 'nobody'],
  ])('is %s by default', async (_, user, name) => {
    const { hub } = await served({ authenticate: () => user });
    expect(await who(await HubSocket.join(hub))).toEqual([user, name]);
  });

  it.each(doors)('that throws lets nobody in by %s, and ends nothing else', async (door) => {
    let isBroken = true;
    const provide = (): string => {
      if (isBroken) throw new Error('no name');
      return 'ada';
    };
    const { hub } = await served({ userIdProvider: provide });
    expect(await knock(door, hub)).toMatchObject({ status: 500, body: { statusCode: 500, message: 'Internal server error' } });
    expect(log.takeErrors()).toEqual(['OpenHub: asking userIdProvider who somebody is failed: no name']);
    isBroken = false;
    expect(await who(await HubSocket.join(hub))).toEqual(['nobody', 'ada']);
  });
});

describe('a token that A has negotiated', () => {
  it.each([
    ['B', bearer('bob')],
    ['nobody', {}],
  ])('is of no use to %s, who gets 403; A connects with it all the same', async (_, headers) => {
    const { hub } = await guarded();
    const { connectionToken } = await negotiate(hub, bearer('ada'));
    expect(await HubSocket.refusal(`${hub}?id=${connectionToken}`, { headers })).toEqual(stolen);
    expect(await who(await HubSocket.join(`${hub}?id=${connectionToken}`, { headers: bearer('ada') }))).toEqual([{ id: 'ada' }, 'ada']);
  });

  it('H05, H06: does not let B, or nobody, touch the connection that A has', async () => {
    const { app, hub } = await guarded();
    const { connectionToken } = await negotiate(hub, bearer('ada'));
    const socket = await HubSocket.join(`${hub}?id=${connectionToken}&access_token=ada`);
    for (const headers of [bearer('bob'), {}]) {
      expect((await HubSocket.refusal(`${hub}?id=${connectionToken}`, { headers })).status).toBeGreaterThanOrEqual(400);
    }
    expect(await who(socket)).toEqual([{ id: 'ada' }, 'ada']);
    expect(await app.get(HubConnections).count()).toBe(1);
  });

  it('H07: is not the connection’s public id: who knows that one knows nothing', async () => {
    const { hub } = await guarded();
    const { connectionId } = await negotiate(hub, bearer('ada'));
    expect(await HubSocket.refusal(`${hub}?id=${connectionId}`, { headers: bearer('ada') })).toMatchObject({ status: 404 });
  });

  it('that nobody has negotiated is of no use to A', async () => {
    const { hub } = await guarded();
    const { connectionToken } = await negotiate(hub);
    expect(await HubSocket.refusal(`${hub}?id=${connectionToken}`, { headers: bearer('ada') })).toEqual(stolen);
  });

  it('may be used with a newer access token of the same user', async () => {
    const { hub } = await served({ authenticate: (request) => ({ id: 'ada', token: nameIn(request) }) });
    const { connectionToken } = await negotiate(hub, bearer('old'));
    expect(await who(await HubSocket.join(`${hub}?id=${connectionToken}`, { headers: bearer('new') }))).toEqual([
      { id: 'ada', token: 'new' },
      'ada',
    ]);
  });
});

describe('the user of a connection', () => {
  it('is what guards write to the request later, as with controllers', async () => {
    @Hub('/later')
    @UseGuards(NameGuard)
    class LaterHub extends WhoHub {
      @HubMethod()
      @UseGuards({
        canActivate: (context: ExecutionContext) => {
          const request = context.switchToHttp().getRequest<UserRequest>();
          request.user = { id: 'ada', roles: ['admin'] };
          return true;
        },
      })
      promote(@Caller() caller: HubCallerContext) {
        return caller.user;
      }
    }
    const { hub } = await served({}, LaterHub, '/later');
    const socket = await HubSocket.join(`${hub}?access_token=ada`);
    expect(await socket.ask('promote')).toMatchObject({ result: { id: 'ada', roles: ['admin'] } });
  });

  it('is the request’s where a hub writes it', async () => {
    @Hub('/write')
    class WriteHub {
      @HubMethod()
      write(@Caller() caller: HubCallerContext) {
        caller.user = { id: 'eve' };
        return (caller.request as UserRequest).user;
      }
    }
    const { hub } = await served({ authenticate: () => ({ id: 'ada' }) }, WriteHub, '/write');
    const socket = await HubSocket.join(hub);
    expect(await socket.ask('write')).toMatchObject({ result: { id: 'eve' } });
  });

  it('is refused as nobody by a guard that throws UnauthorizedException for a token that has expired meanwhile', async () => {
    let hasExpired = false;
    @Hub('/expiring')
    @UseGuards({
      canActivate: () => {
        if (hasExpired) throw new UnauthorizedException();
        return true;
      },
    })
    class ExpiringHub extends WhoHub {}
    const { hub } = await served({}, ExpiringHub, '/expiring');
    const socket = await HubSocket.join(hub);
    expect(await who(socket)).toEqual(['nobody', 'nobody']);
    hasExpired = true;
    expect(await who(socket)).toBe("Failed to invoke 'who' because user is unauthorized");
  });
});
