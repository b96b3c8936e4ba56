import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, UseGuards } from '@nestjs/common';
import { Caller, Hub, HubConnections, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { Events } from '../../../lib/common/events.js';
import { log, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { knock } from '../../support/nest-knock.js';
import { throwing } from '../../support/nest-guards.js';
import { as, ClaimsGuard, joined, refresh, tokenFor } from '../../support/refreshes.js';

@Hub('/chat')
@UseGuards(ClaimsGuard)
class ChatHub {
  @HubMethod()
  fail(@Caller() caller: HubCallerContext) {
    throw new Error(`refused ${caller.url} with ${caller.headers.authorization}`);
  }

  @HubMethod()
  look(@Caller() caller: HubCallerContext) {
    return inspect(caller);
  }
}

const ada = { sub: 'ada', jti: '1' };
const newer = { sub: 'ada', jti: '2' };

async function served() {
  const { app, url } = await servedAppFrom(moduleOf([ChatHub], { authenticationRefresh: true }));
  return { app, hub: `${url}/chat` };
}

/** Whatever was logged, with stacks. */
const everything = (): string => inspect(log.lines, { depth: 10, maxStringLength: Infinity, breakLength: Infinity });

afterEach(() => {
  ClaimsGuard.also = () => true;
});

describe('H13: the log', () => {
  beforeEach(() => void jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(true));
  afterEach(() => void jest.restoreAllMocks());

  it('has no access token and no token of a connection, though errors quote both', async () => {
    const { hub } = await served();
    const { socket, token } = await joined(hub, ada);
    await refresh(hub, token, as(newer));
    await socket.ask('fail');
    ClaimsGuard.also = (_, context) => throwing(new Error(`no database for ${context.switchToHttp().getRequest<{ url: string }>().url}`))();
    await knock('upgrade', `${hub}?id=${token}`, {}, `access_token=${tokenFor(ada)}`).catch(() => undefined);
    await refresh(hub, token, as(newer));
    const said = everything();
    expect(said).toContain('with Bearer ***');
    expect(said).toContain('id=***');
    for (const secret of [token, tokenFor(ada), tokenFor(newer)]) expect(said).not.toContain(secret);
    log.takeErrors();
  });
});

describe('H13: an answer', () => {
  it('sends nobody on with the URL of its request', async () => {
    const { hub } = await served();
    expect((await knock('negotiation', hub, {}, `access_token=${tokenFor(ada)}`)).headers).toMatchObject({
      'referrer-policy': 'no-referrer',
    });
  });
});

describe('the token of a connection', () => {
  it('A01: has 128 random bits of its own', async () => {
    const { hub } = await served();
    const both = await Promise.all([joined(hub, ada), joined(hub, ada)]);
    const names = both.flatMap(({ token, connectionId }) => [token, connectionId]);
    for (const name of names) expect(Buffer.from(name, 'base64url')).toHaveLength(16);
    expect(new Set(names).size).toBe(4);
  });

  it('A01: is shown in no event, no list and no caller, nor are access tokens', async () => {
    const { app, hub } = await served();
    const told: unknown[] = [];
    for (const name of ['connected', 'invoked', 'disconnected'] as const)
      app.get(Events, { strict: false }).on(name, (event) => told.push(event));
    const { socket, token } = await joined(hub, ada);
    const { result: seen } = await socket.ask('look');
    const list = await app.get(HubConnections).list();
    socket.socket.close();
    await socket.closed;
    const shown = inspect([told, seen, list], { depth: 10, showHidden: true });
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const secret of [token, tokenFor(ada)]) expect(shown).not.toContain(secret);
  });
});
