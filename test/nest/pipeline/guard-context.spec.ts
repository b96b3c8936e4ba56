import { describe, expect, it } from '@jest/globals';
import { Injectable, SetMetadata, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Caller, Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { appOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { unauthorized } from '../../support/nest-calls.js';
import { noting } from '../../support/nest-guards.js';

describe('what a guard sees of a call', () => {
  let seen: ExecutionContext | undefined;
  const look = noting((context) => {
    seen = context;
  });
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
    expect(await member.ask('rule')).toMatchObject(unauthorized('rule'));
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
