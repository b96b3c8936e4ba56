import { describe, expect, it } from '@jest/globals';
import {
  createParamDecorator,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { Arg, Hub, HubMethod } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { throwError } from 'rxjs';
import { appOf, log } from '../../support/app-of.js';
import { turns } from '../../support/changes.js';
import { HubPeer, invocation } from '../../support/hub-peer.js';

// Whatever can be thrown is thrown here.
// oxlint-disable typescript/only-throw-error, unicorn/no-thenable

/** Every way in which code can fail. */
const ways: [string, () => unknown][] = [
  ['throws', () => { throw new Error('the flood'); }],
  ['throws null', () => { throw null; }],
  ['throws what cannot be read', () => { throw new Proxy({}, { get: () => { throw new Error('no'); } }); }],
  ['gives a promise that is rejected', () => Promise.reject(new Error('the flood'))],
  ['gives a promise that is rejected with undefined', () => Promise.reject(undefined)],
  ['gives a promise that is rejected later', async () => { await new Promise((resolve) => setImmediate(resolve)); throw new Error('the flood'); }],
  ['gives an Observable that fails', () => throwError(() => new Error('the flood'))],
  ['gives a promise of an Observable that fails', async () => throwError(() => new Error('the flood'))],
  ['gives a thenable that throws', () => ({ then: () => { throw new Error('the flood'); } })],
]; // prettier-ignore

let fail: () => unknown = () => undefined;

const guard: CanActivate = { canActivate: () => fail() as boolean };
const pipe: PipeTransform = { transform: () => fail() };
const interceptor: NestInterceptor = { intercept: () => fail() as never };
const afterwards: NestInterceptor = {
  intercept: async (_: ExecutionContext, next: CallHandler) => {
    const { concatMap } = await import('rxjs');
    return next.handle().pipe(concatMap(() => fail() as never));
  },
};
const Parameter = createParamDecorator(() => fail());

@Hub('/failing')
class FailingHub {
  runs = 0;

  @HubMethod()
  @UseGuards(guard)
  guard() {
    this.runs++;
  }

  @HubMethod()
  @UsePipes(pipe)
  pipe(_value: unknown) {
    this.runs++;
  }

  @HubMethod()
  argument(_value: number, @Arg(pipe) __: unknown, ___: string) {
    this.runs++;
  }

  @HubMethod()
  @UseInterceptors(interceptor)
  interceptor() {
    this.runs++;
  }

  @HubMethod()
  @UseInterceptors(afterwards)
  afterwards() {}

  @HubMethod()
  decorator(@Parameter() _value: unknown) {
    this.runs++;
  }

  @HubMethod()
  @UseFilters({ catch: () => fail() })
  filter() {
    throw new Error('the first');
  }

  @HubMethod()
  @UseGuards({ canActivate: async () => true })
  @UseInterceptors({ intercept: (_, next) => next.handle() })
  @UsePipes({ transform: async (value: unknown) => value })
  @UseFilters({
    catch: async (error: unknown) => {
      throw error;
    },
  })
  method(_value: unknown) {
    return fail();
  }

  @HubMethod()
  alive() {
    return 'alive';
  }
}

const calls: [string, unknown[]][] = [
  ['guard', []],
  ['pipe', [1]],
  ['argument', [1, 2, 'x']],
  ['interceptor', []],
  ['afterwards', []],
  ['decorator', []],
  ['filter', []],
  ['method', [1]],
];

/** Where only values are expected, an Observable is one of them. */
const isFailure = (method: string, way: string): boolean => {
  if (way.startsWith('gives an Observable')) return ['guard', 'interceptor', 'afterwards', 'filter'].includes(method);
  return !way.includes('Observable') || ['guard', 'interceptor', 'filter'].includes(method);
};

async function joined(): Promise<{ peer: HubPeer; hub: FailingHub; clock: FakeClock }> {
  const clock = new FakeClock();
  const app = await appOf([FailingHub as Type], { clock });
  return { peer: await HubPeer.join(app, FailingHub), hub: app.get(FailingHub), clock };
}

describe.each(calls)('F05: a call whose %s', (method, args) => {
  const failures = ways.filter(([way]) => isFailure(method, way));

  it.each(failures)('%s is answered with an error, once; the connection lives, and so does the process', async (_, way) => {
    fail = way;
    const { peer, hub, clock } = await joined();
    const answer = await peer.ask(method, ...args);
    expect(answer).toEqual({
      type: 3,
      invocationId: 'ask-1',
      error: `An unexpected error occurred invoking '${method}' on the server.`,
    });
    expect(log.takeErrors()).toHaveLength(1);
    expect(hub.runs).toBe(0);
    // The same error stands for others of its second.
    await clock.advance(1_000);
    peer.say({ type: 1, target: method, arguments: args });
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
    await turns(3);
    expect(peer.heard).toHaveLength(3);
    expect(log.takeErrors()).toHaveLength(1);
  });
});

describe('calls that fail', () => {
  it('do not hold up the next ones', async () => {
    fail = () => Promise.reject(new Error('the flood'));
    const { peer, clock } = await joined();
    peer.say(
      ...Array.from({ length: 100 }, (_, index) =>
        invocation(String(index), calls[index % calls.length][0], ...calls[index % calls.length][1]),
      ),
    );
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
    expect(peer.heard.filter(({ type, error }) => type === 3 && error !== undefined)).toHaveLength(100);
    await clock.advance(1_000);
    const lines = log.takeErrors();
    const more = lines.map((line) => Number(/\(and (\d+) more like this\)$/.exec(line)?.[1] ?? 1));
    expect(lines).toHaveLength(2 * calls.length);
    expect(more.reduce((sum, count) => sum + count)).toBe(100);
  });
});

describe('a thenable of somebody else, which calls back and returns nothing', () => {
  const unchained = (settle: (kept: (value: unknown) => void, broken: (error: Error) => void) => void): object => ({
    then(kept: (value: unknown) => void, broken: (error: Error) => void) {
      setImmediate(() => settle(kept, broken));
    },
  });

  @Hub('/thenable')
  @UseFilters({ catch: () => 'filtered' })
  class ThenableHub {
    @HubMethod()
    kept(@Arg({ transform: (value: unknown) => unchained((keep) => keep(value)) }) value: unknown) {
      return unchained((keep) => keep(value));
    }

    @HubMethod()
    broken() {
      return unchained((_, reject) => reject(new Error('the flood')));
    }
  }

  it('is waited for, by filters too', async () => {
    const peer = await HubPeer.join(await appOf([ThenableHub]), ThenableHub);
    expect([await peer.ask('kept', 'value'), await peer.ask('broken')]).toMatchObject([{ result: 'value' }, { result: 'filtered' }]);
  });
});
