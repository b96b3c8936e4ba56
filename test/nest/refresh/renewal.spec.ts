import { afterEach, describe, expect, it } from '@jest/globals';
import { UseFilters, UseGuards, UseInterceptors, type ExecutionContext, type CallHandler } from '@nestjs/common';
import {
  Caller,
  Hub,
  HubClients,
  HubMethod,
  type HubCallerContext,
  type OnAuthenticationRefreshed,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer, invocation, record } from '../../support/hub-peer.js';
import type { HubSocket } from '../../support/hub-socket.js';
import { as, ClaimsGuard, joined, refresh, tokenFor, type Claims } from '../../support/refreshes.js';

type Context = HubCallerContext<Claims>;

class RoleGuard {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ user: Claims }>().user.roles?.includes('admin') === true;
  }
}

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub implements OnAuthenticationRefreshed {
  readonly gate = new Gate();
  readonly seen: unknown[] = [];
  hook: (caller: Context) => unknown = () => undefined;

  onAuthenticationRefreshed(caller: Context) {
    this.seen.push(caller.user.jti);
    return this.hook(caller);
  }

  @HubMethod()
  who(@Caller() caller: Context) {
    return [caller.user, caller.userIdentifier, caller.accessToken, (caller.request as IncomingMessage & { user?: unknown }).user];
  }

  @HubMethod()
  async wait(@Caller() caller: Context) {
    await this.gate.pass();
    return [caller.user, (caller.request as IncomingMessage & { user?: unknown }).user];
  }

  @HubMethod()
  @UseGuards(RoleGuard)
  rule() {
    return 'ruled';
  }
}

async function served(options: SignalRModuleOptions = {}) {
  const { app, url } = await servedAppFrom(moduleOf([ChatHub], { authenticationRefresh: true, ...options }));
  return { app, hub: `${url}/chat`, chat: app.get(ChatHub) };
}

const tomorrow = Math.floor(Date.now() / 1_000) + 86_400;
const user = (jti: string, more: Claims = {}): Claims => ({ sub: 'ada', jti, ...more });

const who = async (socket: HubSocket) => (await socket.ask('who'))['result'] as unknown[];

afterEach(() => {
  ClaimsGuard.also = () => true;
});

describe('a refreshed connection', () => {
  it('has the new user, token and request’s user, and the name it had', async () => {
    const { app, hub } = await served();
    const { socket, token } = await joined(hub, user('old'));
    await refresh(hub, token, as(user('new')));
    expect(await who(socket)).toEqual([user('new'), 'ada', tokenFor(user('new')), user('new')]);
    await app.get(HubClients).user('ada').send('hello');
    expect(await socket.messages()).toMatchObject([{ target: 'hello' }]);
  });

  it('H10: may no longer call what its user has lost the role for, and may what it has won', async () => {
    const { hub } = await served();
    const { socket, token } = await joined(hub, user('1', { roles: ['admin'] }));
    expect(await socket.ask('rule')).toMatchObject({ result: 'ruled' });
    await refresh(hub, token, as(user('2', { roles: [] })));
    expect(await socket.ask('rule')).toMatchObject({ error: "Failed to invoke 'rule' because user is unauthorized" });
    await refresh(hub, token, as(user('3', { roles: ['admin'] })));
    expect(await socket.ask('rule')).toMatchObject({ result: 'ruled' });
  });

  it('H10: leaves the call that runs its user', async () => {
    const { hub, chat } = await served({ maximumParallelInvocationsPerClient: 2 });
    const { socket, token } = await joined(hub, user('old'));
    socket.socket.send(record(invocation('w', 'wait')));
    await chat.gate.reached;
    await refresh(hub, token, as(user('new')));
    expect((await who(socket))[0]).toEqual(user('new'));
    chat.gate.open();
    expect(await socket.messages()).toMatchObject([{ invocationId: 'w', result: [user('old'), user('old')] }]);
  });

  it('keeps its new user when the guard of a call that began before finds out the old one', async () => {
    const { hub } = await served({ maximumParallelInvocationsPerClient: 2 });
    const { socket, token } = await joined(hub, user('old'));
    const gate = new Gate();
    ClaimsGuard.also = (_, context) => context.getType() === 'ws' && gate.pass().then(() => true);
    socket.socket.send(record(invocation('w', 'who')));
    await gate.reached;
    ClaimsGuard.also = () => true;
    await refresh(hub, token, as(user('new')));
    gate.open();
    expect(await socket.messages()).toMatchObject([
      { invocationId: 'w', result: [user('old'), 'ada', tokenFor(user('new')), user('old')] },
    ]);
    expect((await who(socket))[0]).toEqual(user('new'));
  });
});

describe('a refresh that is late', () => {
  it.each<[string, Claims, Claims]>([
    ['of tokens with an end', user('2', { exp: tomorrow }), user('3', { exp: tomorrow + 60 })],
    ['of tokens without', user('2'), user('3')],
    ['of a token without an end', user('2'), user('3', { exp: tomorrow })],
  ])('does not roll back a newer one, and is answered as that: %s', async (_, slow, quick) => {
    const { hub } = await served();
    const { socket, token } = await joined(hub, user('1'));
    const gate = new Gate();
    ClaimsGuard.also = ({ jti }) => jti !== '2' || gate.pass();
    const late = refresh(hub, token, as(slow));
    await gate.reached;
    const { body } = await refresh(hub, token, as(quick));
    gate.open();
    expect(await late).toMatchObject({ status: 200, body });
    expect(await who(socket)).toEqual([quick, 'ada', tokenFor(quick), quick]);
  });

  it('is one whose token ends sooner, whenever it comes', async () => {
    const { hub, chat } = await served();
    const { socket, token } = await joined(hub, user('1', { exp: tomorrow + 60 }));
    expect((await refresh(hub, token, as(user('0', { exp: tomorrow })))).status).toBe(200);
    expect((await who(socket))[0]).toEqual(user('1', { exp: tomorrow + 60 }));
    expect(chat.seen).toEqual([]);
  });
});

describe('onAuthenticationRefreshed', () => {
  it('is called after each refresh, with the new user', async () => {
    const { hub, chat } = await served();
    const { socket, token } = await joined(hub, user('1'));
    for (const jti of ['2', '3']) {
      await refresh(hub, token, as(user(jti)));
      await socket.ask('who');
    }
    expect(chat.seen).toEqual(['2', '3']);
  });

  it('waits for its turn among the calls; refreshes that come meanwhile share it', async () => {
    const { hub, chat } = await served();
    const { socket, token } = await joined(hub, user('1'));
    socket.socket.send(record(invocation('w', 'wait')));
    await chat.gate.reached;
    for (const jti of ['2', '3', '4']) expect((await refresh(hub, token, as(user(jti)))).status).toBe(200);
    expect(chat.seen).toEqual([]);
    chat.gate.open();
    await socket.messages();
    await socket.ask('who');
    expect(chat.seen).toEqual(['4']);
  });

  it('waits for onConnected, and is not called where that refuses', async () => {
    const gate = new Gate();
    const seen: string[] = [];
    @Hub('/slow')
    @UseGuards(ClaimsGuard)
    class SlowHub {
      async onConnected() {
        await gate.pass();
        throw new Error('no');
      }

      onAuthenticationRefreshed() {
        seen.push('refreshed');
      }
    }
    const { url } = await servedAppFrom(moduleOf([SlowHub], { authenticationRefresh: true }));
    const { socket, token } = await joined(`${url}/slow`, user('1'));
    await gate.reached;
    expect((await refresh(`${url}/slow`, token, as(user('2')))).status).toBe(200);
    gate.open();
    await socket.closed;
    expect(seen).toEqual([]);
    expect(log.takeErrors()).toEqual(['SlowHub: running onConnected failed: no']);
  });

  it('that throws ends nothing, and the log says so', async () => {
    const { hub, chat } = await served();
    chat.hook = () => Promise.reject(new Error('no database'));
    const { socket, token } = await joined(hub, user('1'));
    await refresh(hub, token, as(user('2')));
    expect((await who(socket))[0]).toEqual(user('2'));
    expect(log.takeErrors()).toEqual(['ChatHub: running onAuthenticationRefreshed failed: no database']);
  });

  it('passes interceptors and filters, and no guards', async () => {
    const steps: string[] = [];
    const intercept = (_: ExecutionContext, next: CallHandler) => (steps.push('interceptor'), next.handle());
    const guard = { canActivate: (context: ExecutionContext) => steps.push(`guard ${context.getType()}`) > 0 };
    @Hub('/around')
    @UseGuards(ClaimsGuard, guard)
    class AroundHub {
      @UseInterceptors({ intercept })
      @UseFilters({ catch: () => void steps.push('filter') })
      onAuthenticationRefreshed(@Caller() caller: Context) {
        steps.push(`hook ${caller.user.jti}`);
        throw new Error('no');
      }

      @HubMethod()
      done() {}
    }
    const { url } = await servedAppFrom(moduleOf([AroundHub], { authenticationRefresh: true }));
    const { socket, token } = await joined(`${url}/around`, user('1'));
    steps.length = 0;
    await refresh(`${url}/around`, token, as(user('2')));
    await socket.ask('done');
    expect(steps).toEqual(['guard http', 'interceptor', 'hook 2', 'filter', 'guard ws']);
  });

  it('of a hub without refreshes is never called, which the log says', async () => {
    const { app } = await served({ authenticationRefresh: false });
    const advice = "ChatHub.onAuthenticationRefreshed is never called: say @Hub('/chat', { authenticationRefresh: true }).";
    expect(log.of('SignalR', 'warn')).toEqual([advice]);
    const peer = await HubPeer.join(app, ChatHub, { user: user('1') });
    await turns(3);
    await peer.hangUp();
    expect(app.get(ChatHub).seen).toEqual([]);
  });
});
