import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { Caller, Hub, HubMethod, json, type HubCallerContext, type HubProtocol, type SignalRModuleOptions } from 'nestjs-signalr';
import { appFrom, moduleOf } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';
import { unauthorized } from '../support/nest-calls.js';

/** What an application with this hub dies of at boot. */
const bootError = (hub: Type, options?: SignalRModuleOptions): Promise<string> =>
  appFrom(moduleOf([hub], options)).then(
    () => 'nothing',
    (error: unknown) => (error as Error).message,
  );

class Rooms {
  @HubMethod()
  async join(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(room);
  }
}

const POSITION = { recovered: false, epoch: expect.any(String), offset: 0 };

describe('the option history', () => {
  it.each([
    [{ size: 0 }, "The option 'history.size' in @Hub('/rooms') on RoomsHub is 0. It has to be a whole number, 1 or more."],
    [{ ttl: 0 }, "The option 'history.ttl' in @Hub('/rooms') on RoomsHub is 0."],
    [{ resumeMethod: '' }, "The option 'history.resumeMethod' in @Hub('/rooms') on RoomsHub is ''. It has to be the name of a method,"],
    [{ mode: 'log' }, "Unknown option 'history.mode' in @Hub('/rooms') on RoomsHub."],
  ])('%j keeps the application from starting', async (history, text) => {
    @Hub('/rooms', { history: history as object })
    class RoomsHub extends Rooms {}
    expect(await bootError(RoomsHub)).toContain(text);
  });

  it.each(['resume', 'Resume'])('is an error beside a method called %s', async (name) => {
    @Hub('/rooms', { history: true })
    class RoomsHub {
      @HubMethod(name)
      again() {}
    }
    expect(await bootError(RoomsHub)).toBe(
      `RoomsHub has a method called ${name}, which is what its clients call to get what they have missed: the hub keeps a history. ` +
        `Rename the method, or set history: { resumeMethod: '…' }.`,
    );
  });

  it('is an error with a protocol that cannot place a message in a history', async () => {
    const { name, version, transferFormat, framing } = json();
    const ours: HubProtocol = { name, version, transferFormat, framing, parse: () => undefined, write: () => '' };
    @Hub('/rooms', { history: true, protocols: [ours] })
    class RoomsHub extends Rooms {}
    expect(await bootError(RoomsHub)).toContain("RoomsHub keeps a history, and its protocol 'json' cannot place a message in one.");
  });

  it('of the module holds for all hubs that do not say false, under the name that it says', async () => {
    @Hub('/rooms')
    class RoomsHub extends Rooms {}
    @Hub('/others', { history: false })
    class OthersHub extends Rooms {
      @HubMethod()
      catchUp() {
        return 'its own';
      }
    }
    const app = await appFrom(moduleOf([RoomsHub, OthersHub], { history: { resumeMethod: 'catchUp' } }));
    const [ann, bob] = [await HubPeer.join(app, RoomsHub), await HubPeer.join(app, OthersHub)];
    await ann.ask('join', 'red');
    expect(await ann.ask('catchup', 'red')).toMatchObject({ result: POSITION });
    expect(await ann.ask('resume', 'red')).toHaveProperty('error', expect.stringContaining('Method does not exist.'));
    expect(await bob.ask('catchup')).toMatchObject({ result: 'its own' });
  });

  it('leaves a hub without it as it was', async () => {
    @Hub('/rooms')
    class RoomsHub {
      @HubMethod()
      resume() {
        return 'its own';
      }
    }
    const app = await appFrom(moduleOf([RoomsHub]));
    expect(await (await HubPeer.join(app, RoomsHub)).ask('resume')).toMatchObject({ result: 'its own' });
  });
});

const seen: unknown[][] = [];

@Injectable()
class OnlyRedGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    const [group] = context.switchToWs().getData<unknown[]>();
    seen.push([context.getType(), context.getClass().name, context.switchToWs().getPattern(), group]);
    return context.switchToWs().getPattern() === 'join' || group === 'red';
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard extends OnlyRedGuard {}

class Untouched {
  catch() {
    return 'from a filter';
  }

  intercept() {
    throw new Error('not to be asked');
  }
}

describe('what stands around resume', () => {
  it.each([
    ['a hub of one instance', OnlyRedGuard, 'singleton'],
    ['an instance for each call', OnlyRedGuard, 'invocation'],
    ['a guard for each request', ScopedGuard, undefined],
  ] as const)('are the guards of the hub: %s', async (_, guard, scope) => {
    @Hub('/rooms', { history: true, scope })
    @UseGuards(guard)
    class RoomsHub extends Rooms {}
    const app = await appFrom(moduleOf([RoomsHub]));
    const ann = await HubPeer.join(app, RoomsHub);
    for (const room of ['red', 'blue']) await ann.ask('join', room);
    seen.length = 0;
    expect(await ann.ask('resume', 'red')).toMatchObject({ result: POSITION });
    expect(await ann.ask('resume', 'blue')).toMatchObject(unauthorized('resume'));
    expect(seen).toEqual([
      ['ws', 'RoomsHub', 'resume', 'red'],
      ['ws', 'RoomsHub', 'resume', 'blue'],
    ]);
  });

  it('is nothing else', async () => {
    @Hub('/rooms', { history: true })
    @UseInterceptors(Untouched)
    @UseFilters(Untouched)
    class RoomsHub {}
    const app = await appFrom(moduleOf([RoomsHub]));
    expect(await (await HubPeer.join(app, RoomsHub)).ask('resume', 'red')).toMatchObject(unauthorized('resume'));
  });
});
