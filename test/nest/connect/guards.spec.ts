import { describe, expect, it } from '@jest/globals';
import {
  ForbiddenException,
  HttpException,
  Injectable,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Caller, Hub, HubCallerContext, HubConnections, HubMethod, type SignalRModuleOptions } from 'nestjs-signalr';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EMPTY, of, throwError } from 'rxjs';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubSocket } from '../../support/hub-socket.js';
import { bearer, doors, knock, type Door } from '../../support/nest-knock.js';
import { throwing, WhimGuard } from '../../support/nest-guards.js';

/** Takes the bearer token for a name. */
@Injectable()
class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const name = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { id: name };
    return name !== 'mallory';
  }
}

@Hub('/whim')
@UseGuards(WhimGuard)
class WhimHub {}

@Hub('/names')
@UseGuards(NameGuard)
class NamesHub {
  welcomes = 0;

  onConnected() {
    this.welcomes++;
  }

  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user, caller.userIdentifier, caller.headers.authorization];
  }
}

/** The address of a hub in an application of its own. */
async function served(hub: new (...args: never[]) => object, path: string, providers: object[] = [], options?: SignalRModuleOptions) {
  const { app, url } = await servedAppFrom({ ...moduleOf([], options), providers: [hub, ...(providers as never[])] });
  return { app, hub: url + path };
}

async function whim(door: Door, answer: (context: ExecutionContext) => unknown) {
  const { app, hub } = await served(WhimHub, '/whim');
  WhimGuard.answer = answer;
  return { app, hub, ...(await knock(door, hub)) };
}

const forbidden = { message: 'Forbidden resource', error: 'Forbidden', statusCode: 403 };
const unauthorized = { message: 'Unauthorized', statusCode: 401 };

describe.each(doors)('a guard of a hub at its %s', (door) => {
  it.each<[string, () => unknown]>([
    ['true', () => true],
    ['a promise', async () => true],
    ['an Observable', () => of(true)],
  ])('lets in by %s', async (_, answer) => {
    expect((await whim(door, answer)).status).toBe(door === 'upgrade' ? 101 : 200);
  });

  it.each<[string, () => unknown, number, unknown]>([
    ['false', () => false, 403, forbidden],
    ['nothing', () => undefined, 403, forbidden],
    ['a promise of false', async () => false, 403, forbidden],
    ['an Observable of nothing', () => EMPTY, 403, forbidden],
    ['ForbiddenException', throwing(new ForbiddenException()), 403, { message: 'Forbidden', statusCode: 403 }],
    ['UnauthorizedException', throwing(new UnauthorizedException()), 401, unauthorized],
    ['a rejected UnauthorizedException', () => Promise.reject(new UnauthorizedException()), 401, unauthorized],
    ['an Observable of UnauthorizedException', () => throwError(() => new UnauthorizedException()), 401, unauthorized],
    ['an HttpException with a text', throwing(new HttpException('Too soon.', 429)), 429, { statusCode: 429, message: 'Too soon.' }],
    ['an HttpException with a document', throwing(new HttpException({ code: 7 }, 402)), 402, { code: 7 }],
    ['an exception of another copy of Nest', throwing({ getStatus: () => 418, getResponse: () => ({ tea: 1 }) }), 418, { tea: 1 }],
  ])('answers as Nest does, before any socket is open, to %s', async (_, answer, status, body) => {
    const answered = await whim(door, answer);
    expect([answered.status, answered.body]).toEqual([status, body]);
    expect(answered.headers['content-length']).toBe(String(Buffer.byteLength(JSON.stringify(body))));
    expect(await answered.app.get(HubConnections).count()).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ['an error', throwing(new Error('the secret'))],
    ['null', throwing(null)],
    ['a rejected promise', () => Promise.reject(new Error('the secret'))],
    ['an Observable of an error', () => throwError(() => new Error('the secret'))],
    ['an exception whose status is none', throwing(new HttpException('the secret', 1_000))],
    ['an exception without a status', throwing(new HttpException('the secret', undefined as never))],
    ['an exception whose document cannot be written', throwing(new HttpException({ secret: 1n }, 400))],
    ['an exception that cannot be read', throwing(Object.assign(new HttpException('', 400), { getStatus: throwing(new Error('no')) }))],
  ])('answers 500 and tells the log, not the client, of %s', async (_, answer) => {
    const { app, hub, status, body } = await whim(door, answer);
    expect([status, body]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
    expect(log.takeErrors()).toEqual([expect.stringContaining('WhimHub: asking the guards of a connection failed')]);
    WhimGuard.answer = () => true;
    expect((await knock(door, hub)).status).toBeLessThan(300);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('sees a request of type http: the hub, its onConnected, and what a controller’s guard would see', async () => {
    const seen: ExecutionContext[] = [];
    class HookHub {
      onConnected() {}
    }
    Hub('/hook')(HookHub);
    UseGuards({ canActivate: (context) => seen.push(context) > 0 })(HookHub);
    const { hub } = await served(HookHub, '/hook');
    await knock(door, hub, { 'X-Trace': '7' });
    const [context] = seen;
    const http = context.switchToHttp();
    const request = http.getRequest<IncomingMessage>();
    expect([context.getType(), context.getClass(), context.getHandler()]).toEqual(['http', HookHub, HookHub.prototype.onConnected]);
    expect([request.method, request.headers['x-trace']]).toEqual([door === 'upgrade' ? 'GET' : 'POST', '7']);
    expect(typeof http.getResponse<ServerResponse>().setHeader).toBe('function');
  });

  it('sees an empty function for the handler where the hub has no onConnected', async () => {
    let handler: unknown;
    await whim(door, (context) => (handler = context.getHandler()));
    expect(handler).toBeInstanceOf(Function);
  });

  it('may send headers with its refusal', async () => {
    const refuse = (context: ExecutionContext): never => {
      context.switchToHttp().getResponse<ServerResponse>().setHeader('Retry-After', '30').setHeader('Set-Cookie', ['a=1', 'b=2']);
      throw new HttpException('Too many.', 429);
    };
    const { status, headers } = await whim(door, refuse);
    expect([status, headers['retry-after'], headers['set-cookie']]).toEqual([429, '30', ['a=1', 'b=2']]);
  });

  it('finds in the Authorization header a token that came in the query, and none that would replace it', async () => {
    const { hub } = await served(NamesHub, '/names');
    expect((await knock(door, hub)).status).toBe(401);
    expect((await knock(door, hub, {}, 'access_token=')).status).toBe(401);
    expect((await knock(door, hub, {}, 'access_token=mallory')).status).toBe(403);
    expect((await knock(door, hub, {}, 'Access_Token=ada')).status).toBeLessThan(300);
    expect((await knock(door, hub, bearer('ada'), 'access_token=mallory')).status).toBeLessThan(300);
    expect((await knock(door, hub, bearer('mallory'), 'access_token=ada')).status).toBe(403);
  });
});

describe('what a guard leaves on the request', () => {
  it('is the user of the connection, whose calls find it again', async () => {
    const { hub } = await served(NamesHub, '/names');
    const socket = await HubSocket.join(`${hub}?access_token=ada`);
    expect(await socket.ask('who')).toMatchObject({ result: [{ id: 'ada' }, 'ada', 'Bearer ada'] });
  });

  it('is not the connection’s before somebody is connected: no hook of the hub has run', async () => {
    const { app, hub } = await served(NamesHub, '/names');
    for (const door of doors) expect((await knock(door, hub, bearer('mallory'))).status).toBe(403);
    expect(app.get(NamesHub).welcomes).toBe(0);
  });
});

describe('a guard of a method alone', () => {
  @Hub('/method')
  class MethodHub {
    @HubMethod()
    @UseGuards(NameGuard)
    who(@Caller() caller: HubCallerContext) {
      return caller.user;
    }
  }

  it('is asked about nobody who connects, and finds the token of the query before a call', async () => {
    const { hub } = await served(MethodHub, '/method');
    for (const door of doors) expect((await knock(door, hub)).status).toBeLessThan(300);
    const answerTo = async (query: string): Promise<unknown> => {
      const socket = await HubSocket.join(hub + query);
      const { result, error } = await socket.ask('who');
      return result ?? error;
    };
    expect(await answerTo('?access_token=ada')).toEqual({ id: 'ada' });
    expect(await answerTo('')).toBe("Failed to invoke 'who' because user is unauthorized");
  });
});
