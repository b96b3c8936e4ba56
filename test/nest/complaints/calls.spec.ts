import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  Injectable,
  ParseIntPipe,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { Arg, Caller, Hub, HubCallerContext, HubException, HubMethod, type OnConnected } from 'nestjs-signalr';
import { map, throwError } from 'rxjs';
import { appOf, log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { failed, unauthorized } from '../../support/nest-calls.js';
import { bearer, doors, knock } from '../../support/nest-knock.js';

@Injectable()
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    const [, name] = request.headers['authorization']?.split(' ') ?? [];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { id: name };
    return true;
  }
}

@Hub('/chat')
class ChatHub implements OnConnected {
  onConnected(caller: HubCallerContext) {
    if (caller.userIdentifier === 'mallory') throw new Error('mallory');
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  page(@Arg(ParseIntPipe) page: number) {
    return page;
  }

  @HubMethod()
  fail(how: string) {
    if (how === 'http') throw new UnauthorizedException();
    if (how === 'hub') throw new HubException('No room.');
    if (how === 'observable') return throwError(() => new Error('dry'));
    throw new Error('broken');
  }
}

@Hub('/guarded')
@UseGuards(TokenGuard)
class GuardedHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.user, caller.headers['x-tenant'], caller.query.get('room')];
  }
}

const joined = async (): Promise<HubPeer> => HubPeer.join(await appOf([ChatHub]), ChatHub);
const serving = async (prepare?: (app: INestApplication) => unknown): Promise<string> =>
  (await servedAppFrom(moduleOf([ChatHub, GuardedHub]), prepare)).url;

async function ask(url: string, method: string, ...args: unknown[]): Promise<unknown> {
  const socket = await HubSocket.join(url, { headers: { 'X-Tenant': 'acme', ...bearer('ada') } });
  return socket.ask(method, ...args);
}

/** The complaints about gateways that come up again and again, by their numbers at nestjs/nest: about those who connect and call. */
describe('what people miss in gateways, a hub has:', () => {
  it('guards when somebody connects, on the class (#882, #9231, #1254, #17434)', async () => {
    const url = await serving();
    for (const door of doors) {
      expect((await knock(door, `${url}/guarded`)).status).toBe(401);
      expect((await knock(door, `${url}/guarded`, bearer('ada'))).status).toBeLessThan(300);
    }
  });

  it('the request that asked for the upgrade: its headers, its query, its user (#4841, #820)', async () => {
    expect(await ask(`${await serving()}/guarded?room=7`, 'who')).toMatchObject({ result: [{ id: 'ada' }, 'acme', '7'] });
  });

  it('global guards (#8060, #11461, #11462)', async () => {
    const url = await serving((app) => app.useGlobalGuards(new TokenGuard()));
    for (const door of doors) expect((await knock(door, `${url}/chat`)).status).toBe(401);
  });

  it('global pipes (#3475, #1373)', async () => {
    const url = await serving((app) => app.useGlobalPipes({ transform: (value: unknown) => [value] }));
    expect(await ask(`${url}/chat`, 'echo', 1)).toMatchObject({ result: [1] });
  });

  it('global interceptors (#1598)', async () => {
    const url = await serving((app) =>
      app.useGlobalInterceptors({ intercept: (_, next) => next.handle().pipe(map((value) => ({ value }))) }),
    );
    expect(await ask(`${url}/chat`, 'echo', 1)).toMatchObject({ result: { value: 1 } });
  });

  it('global filters (#15285)', async () => {
    @Catch()
    class AnyFilter {
      catch(error: Error) {
        return `caught ${error.message}`;
      }
    }
    const url = await serving((app) => app.useGlobalFilters(new AnyFilter()));
    expect(await ask(`${url}/chat`, 'fail', 'any')).toMatchObject({ result: 'caught broken' });
  });

  it('an answer for every call, also when it fails, whatever fails: guard, pipe or method (#249, #2115, #3126)', async () => {
    const peer = await joined();
    expect(await peer.ask('page', 'x')).toMatchObject({ error: expect.stringContaining('numeric string is expected') });
    expect(await peer.ask('fail', 'http')).toMatchObject(unauthorized('fail'));
    expect(await peer.ask('fail', 'hub')).toMatchObject(failed('fail', 'No room.'));
  });

  it('errors that reach the client over every adapter (#9056, #11433)', async () => {
    const url = await serving((app) => void app.useWebSocketAdapter(new WsAdapter(app)));
    expect(await ask(`${url}/chat`, 'fail', 'hub')).toMatchObject(failed('fail', 'No room.'));
  });

  it('a process that survives what happens when somebody connects (#336)', async () => {
    const app = await appOf([ChatHub]);
    const mallory = await HubPeer.join(app, ChatHub, { user: { id: 'mallory' } });
    await mallory.ended;
    expect(log.takeErrors()).toEqual(['ChatHub: running onConnected failed: mallory']);
    expect(await (await HubPeer.join(app, ChatHub)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a process that survives an Observable that fails (#1285)', async () => {
    const peer = await joined();
    expect(await peer.ask('fail', 'observable')).toHaveProperty('error');
    expect(await peer.ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a process that survives malformed JSON (#683)', async () => {
    const app = await appOf([ChatHub]);
    const peer = await HubPeer.join(app, ChatHub);
    peer.write('{"type":1,\u001e');
    await peer.ended;
    expect(await (await HubPeer.join(app, ChatHub)).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('a line in the log for each error that is nobody’s wish (#4229, #4267)', async () => {
    await (await joined()).ask('fail', 'any');
    expect(log.takeErrors()).toEqual(["ChatHub: invoking 'fail' failed: broken"]);
  });
});
