import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Caller, Hub, HubCallerContext, HubException, HubMethod, type OnConnected, type OnDisconnected } from 'nestjs-signalr';
import { appFrom, appOf, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';

/** Counts the instances of a class that were made. */
let made: Record<string, number> = {};
const count = (name: string): number => (made[name] = (made[name] ?? 0) + 1);

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  readonly number = count('PerRequest');

  constructor(@Inject(REQUEST) readonly request: HubCallerContext) {}
}

@Injectable()
class Shared {
  readonly number = count('Shared');
}

/** What every hub here can tell of itself. */
abstract class CountingHub implements OnConnected, OnDisconnected {
  static ends: number[] = [];
  readonly number = count('Hub');
  calls = 0;

  constructor(
    @Inject(PerRequest) readonly own: PerRequest,
    @Inject(Shared) readonly shared: Shared,
  ) {}

  onConnected() {
    this.calls += 10;
  }

  onDisconnected() {
    CountingHub.ends.push(this.calls);
  }

  @HubMethod()
  tell(@Caller() caller: HubCallerContext) {
    return {
      number: this.number,
      calls: ++this.calls,
      own: this.own.number,
      shared: this.shared.number,
      isCaller: this.own.request === caller,
    };
  }
}

@Hub('/connection', { scope: 'connection' })
class ConnectionHub extends CountingHub {}

@Hub('/invocation', { scope: 'invocation' })
class InvocationHub extends CountingHub {}

@Hub('/default')
class DefaultHub extends CountingHub {}

async function started(...providers: object[]) {
  const app = await appFrom({ ...moduleOf([]), providers: [PerRequest, Shared, ...(providers as never[])] });
  made = {};
  CountingHub.ends = [];
  return app;
}

describe('a hub', () => {
  it('has one instance that all connections share', async () => {
    @Hub('/singleton')
    class SingletonHub {
      readonly number = count('Hub');
      calls = 0;

      @HubMethod()
      tell() {
        return ++this.calls;
      }
    }
    made = {};
    const app = await appOf([SingletonHub]);
    const [first, second] = [await HubPeer.join(app, SingletonHub), await HubPeer.join(app, SingletonHub)];
    expect([await first.ask('tell'), await second.ask('tell'), await first.ask('tell')].map(({ result }) => result)).toEqual([1, 2, 3]);
    expect(made).toEqual({ Hub: 1 });
  });

  it.each([
    ['says so', ConnectionHub],
    ['depends on something that is request-scoped', DefaultHub],
  ])('has an instance for each connection, hooks and calls alike, when it %s', async (_, hub) => {
    const app = await started(hub);
    const [first, second] = [await HubPeer.join(app, hub), await HubPeer.join(app, hub)];
    const answers = [await first.ask('tell'), await first.ask('tell'), await second.ask('tell')].map(({ result }) => result);
    expect(answers).toEqual([
      { number: 1, calls: 11, own: 1, shared: expect.any(Number), isCaller: true },
      { number: 1, calls: 12, own: 1, shared: expect.any(Number), isCaller: true },
      { number: 2, calls: 11, own: 2, shared: expect.any(Number), isCaller: true },
    ]);
    await Promise.all([first.hangUp(), second.hangUp()]);
    expect(CountingHub.ends.sort((a, b) => a - b)).toEqual([11, 12]);
    expect(made).toEqual({ Hub: 2, PerRequest: 2 });
  });

  it('has an instance for each call and each hook when it says so', async () => {
    const app = await started(InvocationHub);
    const peer = await HubPeer.join(app, InvocationHub);
    const answers = [await peer.ask('tell'), await peer.ask('tell')].map(({ result }) => result);
    expect(answers).toMatchObject([
      { calls: 1, isCaller: true },
      { calls: 1, isCaller: true },
    ]);
    await peer.hangUp();
    expect(CountingHub.ends).toEqual([0]);
    expect(made).toEqual({ Hub: 4, PerRequest: 4 });
  });

  it('shares what is request-scoped with all that belongs to the same connection', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Helper {
      constructor(readonly own: PerRequest) {}
    }
    @Hub('/sharing')
    class SharingHub {
      constructor(
        readonly own: PerRequest,
        readonly helper: Helper,
      ) {}

      @HubMethod()
      same() {
        return this.own === this.helper.own;
      }
    }
    const app = await started(SharingHub, Helper);
    expect(await (await HubPeer.join(app, SharingHub)).ask('same')).toMatchObject({ result: true });
  });

  it('is request-scoped where @Injectable below @Hub says so', async () => {
    @Hub('/said')
    @Injectable({ scope: Scope.REQUEST })
    class SaidHub {
      readonly number = count('Hub');

      @HubMethod()
      tell() {
        return this.number;
      }
    }
    const app = await started(SaidHub);
    const [first, second] = [await HubPeer.join(app, SaidHub), await HubPeer.join(app, SaidHub)];
    expect([await first.ask('tell'), await second.ask('tell'), await first.ask('tell')].map(({ result }) => result)).toEqual([1, 2, 1]);
  });

  it('cannot be transient, nor of a scope that does not exist: that is a boot error', async () => {
    @Hub('/transient')
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientHub {}
    await expect(appOf([TransientHub])).rejects.toThrow(
      "TransientHub is transient. Say @Hub(path, { scope: 'connection' }), or 'invocation'",
    );
    expect(() => Hub('/request', { scope: 'request' as never })(class RequestHub {})).toThrow(
      "The scope of RequestHub is \"request\". It has to be 'singleton', 'connection' or 'invocation'.",
    );
  });

  it('runs calls that come at once on one instance of its connection', async () => {
    const app = await started(ConnectionHub);
    const peer = await HubPeer.join(app, ConnectionHub);
    const answers = await Promise.all([peer.ask('tell'), peer.ask('tell'), peer.ask('tell')]);
    expect(answers.map(({ result }) => (result as { calls: number }).calls)).toEqual([11, 12, 13]);
    expect(made['Hub']).toBe(1);
  });

  it('whose instance cannot be made fails the call, and is made for the next', async () => {
    let isBroken = true;
    @Hub('/broken', { scope: 'connection' })
    class BrokenHub {
      constructor() {
        if (isBroken) throw new HubException('The database is away.');
      }

      @HubMethod()
      go() {
        return 'back';
      }
    }
    const peer = await HubPeer.join(await appOf([BrokenHub]), BrokenHub);
    expect(await peer.ask('go')).toMatchObject({ error: expect.stringContaining('HubException: The database is away.') });
    isBroken = false;
    expect(await peer.ask('go')).toMatchObject({ result: 'back' });
  });

  it('does not take a method for the hook of the same name: its guards stand before the method', async () => {
    let hooks = 0;
    @Hub('/same', { scope: 'connection' })
    class SameHub {
      @HubMethod('connect')
      @UseGuards({ canActivate: (context) => context.getType() === 'http' })
      onConnected() {
        return ++hooks;
      }
    }
    const peer = await HubPeer.join(await appOf([SameHub]), SameHub);
    expect(await peer.ask('connect')).toMatchObject({ error: "Failed to invoke 'connect' because user is unauthorized" });
    expect(hooks).toBe(1);
  });
});
