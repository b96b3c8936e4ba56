import { describe, expect, it } from '@jest/globals';
import { HttpException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Caller, Hub, HubCallerContext, HubMethod } from 'nestjs-signalr';
import type { ServerResponse } from 'node:http';
import { log, servedAppOf } from '../../support/app-of.js';
import { invocation, record } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { doors, knock } from '../../support/nest-knock.js';

const guarded = (canActivate: (context: ExecutionContext) => boolean): CanActivate => ({ canActivate });
const requestOf = (context: ExecutionContext): object => context.switchToHttp().getRequest<object>();

@Hub('/pinned')
@UseGuards(
  guarded((context) => {
    if (context.getType() === 'http') Object.defineProperty(requestOf(context), 'user', { value: { sub: 'ada' } });
    return true;
  }),
)
class PinnedHub {
  @HubMethod()
  who(@Caller() { user, userIdentifier }: HubCallerContext) {
    return [user, userIdentifier];
  }
}

@Hub('/sealed')
@UseGuards(guarded((context) => Object.isFrozen(Object.preventExtensions(requestOf(context))) || true))
class SealedHub {
  @HubMethod()
  who(@Caller() { user, userIdentifier }: HubCallerContext) {
    return [user, userIdentifier];
  }
}

describe('a request on which a guard', () => {
  it.each([
    ['has pinned its user', PinnedHub, '/pinned', [{ sub: 'ada' }, 'ada']],
    ['has forbidden any more properties', SealedHub, '/sealed', [null, null]],
  ])('%s is served', async (_, hub, path, result) => {
    const { url } = await servedAppOf([hub]);
    const socket = await HubSocket.join(url + path);
    socket.socket.send(record(invocation('1', 'who')));
    expect(await socket.messages()).toMatchObject([{ result }]);
  });
});

describe('a refusal', () => {
  it.each(doors)('whose body is nothing in JSON is answered: %s', async (door) => {
    @Hub('/nothing')
    @UseGuards(
      guarded(() => {
        throw new HttpException({ toJSON: () => undefined }, 403);
      }),
    )
    class NothingHub {}
    const { url } = await servedAppOf([NothingHub]);
    expect(await knock(door, `${url}/nothing`)).toMatchObject({ status: 403, body: null });
  });

  it('of a guard that has begun an answer itself ends that answer', async () => {
    @Hub('/begun')
    @UseGuards(
      guarded((context) => {
        context.switchToHttp().getResponse<ServerResponse>().writeHead(418);
        return false;
      }),
    )
    class BegunHub {}
    const { url } = await servedAppOf([BegunHub]);
    expect((await knock('negotiation', `${url}/begun`)).status).toBe(418);
  });

  it.each(doors)('that cannot be written costs that request alone: %s', async (door) => {
    @Hub('/broken')
    @UseGuards(
      guarded((context) => {
        const response = context.switchToHttp().getResponse<ServerResponse>();
        const fail = (): never => {
          throw new Error('broken response');
        };
        Object.assign(response, { writeHead: fail, getHeaders: fail });
        return false;
      }),
    )
    class BrokenHub {}
    const { url } = await servedAppOf([BrokenHub, PinnedHub]);
    await expect(fetchDoor(door, `${url}/broken`)).rejects.toThrow('socket hang up');
    expect(log.takeErrors()).toEqual([expect.stringContaining('broken response')]);
    expect((await knock('negotiation', `${url}/pinned`)).status).toBe(200);
  });
});

/** Rejects when the server hangs up. */
function fetchDoor(door: (typeof doors)[number], hub: string): Promise<unknown> {
  return door === 'negotiation' ? knock(door, hub) : HubSocket.join(hub);
}
