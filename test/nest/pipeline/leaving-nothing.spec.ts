import { describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Scope, UseGuards, UseInterceptors, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { appFrom, appOf, log, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { stillHeld } from '../../support/memory.js';

// Five seconds and more: Nest takes a third of a millisecond for each part of its container, and here every call has its own. On a machine
// that is busy it is a multiple of that.
jest.setTimeout(60_000);

describe('ten thousand calls', () => {
  const things: WeakRef<object>[] = [];
  const keep = (thing: object): void => void things.push(new WeakRef(thing));

  @Injectable({ scope: Scope.REQUEST })
  class Kept {
    constructor() {
      keep(this);
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class KeptGuard implements CanActivate {
    constructor(readonly kept: Kept) {
      keep(this);
    }

    canActivate(context: ExecutionContext): boolean {
      keep(context);
      return true;
    }
  }

  @UseGuards(KeptGuard)
  abstract class LeavingHub {
    constructor(@Inject(Kept) readonly kept: Kept) {
      keep(this);
    }

    @HubMethod()
    go(value: object) {
      keep(value);
    }
  }

  @Hub('/each', { scope: 'invocation' })
  class EachHub extends LeavingHub {}

  @Hub('/one', { scope: 'connection' })
  class OneHub extends LeavingHub {}

  const call = async (peer: HubPeer, calls: number): Promise<void> => {
    for (let i = 0; i < calls; i += 100) {
      peer.say(...Array.from({ length: 100 }, () => ({ type: 1, target: 'go', arguments: [{}] })));
      await peer.ask('go', {});
      peer.heard.length = peer.texts.length = 0;
    }
  };

  it('F12: leave nothing behind where each has an instance of its own', async () => {
    things.length = 0;
    const app = await appFrom({ ...moduleOf([]), providers: [EachHub, Kept] });
    const peer = await HubPeer.join(app, EachHub);
    await call(peer, 10_000);
    expect(things.length).toBeGreaterThan(50_000);
    // What belongs to the last call may still be on its way out.
    expect(await stillHeld(things)).toBeLessThan(10);
  });

  it('leave nothing behind in a hub that is one for all', async () => {
    @Hub('/shared')
    @UseGuards({ canActivate: (context) => keep(context) === undefined })
    @UseInterceptors({ intercept: (_, next) => next.handle() })
    class SharedHub {
      @HubMethod()
      go(value: object) {
        keep(value);
      }
    }
    things.length = 0;
    const peer = await HubPeer.join(await appOf([SharedHub]), SharedHub);
    await call(peer, 10_000);
    expect(things).toHaveLength(20_200);
    expect(await stillHeld(things)).toBeLessThan(10);
  });

  it('of ten connections leave nothing behind when these have ended', async () => {
    things.length = 0;
    const app = await appFrom({ ...moduleOf([]), providers: [OneHub, Kept] });
    for (let i = 0; i < 10; i++) {
      const peer = await HubPeer.join(app, OneHub);
      await call(peer, 1_000);
      await peer.hangUp();
    }
    expect(things.length).toBeGreaterThan(20_000);
    expect(await stillHeld(things)).toBeLessThan(10);
    expect(log.takeErrors()).toEqual([]);
  });
});
