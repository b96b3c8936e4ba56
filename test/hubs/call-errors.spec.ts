import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ConflictException, HttpException, InternalServerErrorException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Hub, HubException, HubMethod, type SignalRModuleOptions } from 'nestjs-signalr';
import { defer, of } from 'rxjs';
import { appOf, log } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { hostileErrors } from '../support/hub-hostile.js';
import { HubPeer, invocation } from '../support/hub-peer.js';

/** Fails, or answers with a stream, as a test wants it. */
@Hub('/fail')
class FailHub {
  cause: () => unknown = () => undefined;

  @HubMethod()
  fail(): unknown {
    return this.cause();
  }

  @HubMethod()
  async failLater(): Promise<unknown> {
    await Promise.resolve();
    return this.cause();
  }

  @HubMethod()
  foo(a: number, b: string): unknown {
    return [a, b];
  }

  @HubMethod()
  alive() {
    return 'alive';
  }
}

@Hub('/detailed', { enableDetailedErrors: true })
class DetailedHub extends FailHub {}

const INVOKING = "An unexpected error occurred invoking 'fail' on the server.";
const BINDING = "Failed to invoke 'foo' due to an error on the server.";

async function peersThat(cause: () => unknown, options?: SignalRModuleOptions): Promise<{ plain: HubPeer; detailed: HubPeer }> {
  const app = await appOf([FailHub, DetailedHub], options);
  app.get(FailHub).cause = app.get(DetailedHub).cause = cause;
  return { plain: await HubPeer.join(app, FailHub), detailed: await HubPeer.join(app, DetailedHub) };
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const throwing = (thrown: unknown) => () => {
  // oxlint-disable-next-line typescript/only-throw-error
  throw thrown;
};

describe('what a method throws', () => {
  it.each<[string, () => unknown, unknown]>([
    ['an Error', throwing(new Error('the password is 1234')), ' Error: the password is 1234'],
    ['an error of another name', throwing(named('InvalidOperationException', 'not now')), ' InvalidOperationException: not now'],
    ['a TypeError', throwing(new TypeError('x is not a function')), ' TypeError: x is not a function'],
    ['a rejected promise', () => Promise.reject(new Error('later')), ' Error: later'],
    ['an HttpException from 500 on', throwing(new InternalServerErrorException('broken')), ' InternalServerErrorException: broken'],
    ['an HttpException of 599', throwing(new HttpException('odd', 599)), ' HttpException: odd'],
    ['a text', throwing('just a text'), ' Error: just a text'],
    ['null', throwing(null), expect.stringMatching(/^ Error: ./)],
    ['undefined', throwing(undefined), expect.stringMatching(/^ Error: ./)],
    ['a number', throwing(42), expect.stringMatching(/^ Error: ./)],
    ['an object without a prototype', throwing(Object.create(null)), expect.stringMatching(/^ Error: ./)],
    ['a promise of null', () => Promise.reject(null), expect.stringMatching(/^ Error: ./)],
  ])('F05: is told only with enableDetailedErrors, and logged: %s', async (_, cause, detail) => {
    const { plain, detailed } = await peersThat(cause);
    const [told] = [await plain.ask('fail'), await plain.ask('failLater')];
    expect(told).toEqual({ type: 3, invocationId: 'ask-1', error: INVOKING });
    expect(plain.heard.at(-1)).toMatchObject({ error: INVOKING.replace('fail', 'failLater') });
    const { error } = await detailed.ask('fail');
    expect(String(error).startsWith(INVOKING)).toBe(true);
    expect(String(error).slice(INVOKING.length)).toEqual(detail);
    expect(log.takeErrors()).toHaveLength(3);
    expect(await plain.ask('alive')).toMatchObject({ result: 'alive' });
  });

  it.each<[string, () => unknown, string]>([
    ['a HubException', throwing(new HubException('The room is full.')), 'The room is full.'],
    ['a HubException in a promise', async () => Promise.reject(new HubException('The room is full.')), 'The room is full.'],
    ['an error that is called HubException', throwing(named('HubException', 'of another copy')), 'of another copy'],
    ['a class derived from HubException', throwing(new (class Full extends HubException {})('Full.')), 'Full.'],
    ['a HubException without a text', throwing(new HubException('')), ''],
    ['a WsException', throwing(new WsException('No such room.')), 'No such room.'],
    ['an HttpException of 400', throwing(new BadRequestException('Wrong name.')), 'Wrong name.'],
    ['an HttpException of 409', throwing(new ConflictException('Taken.')), 'Taken.'],
    ['an HttpException of 499', throwing(new HttpException('Odd.', 499)), 'Odd.'],
  ])('F06: is told always, without its stack, and is no error of the server: %s', async (_, cause, message) => {
    const { plain, detailed } = await peersThat(cause);
    const answer = { type: 3, invocationId: 'ask-1', error: `${INVOKING} HubException: ${message}` };
    expect(await plain.ask('fail')).toEqual(answer);
    expect(await detailed.ask('fail')).toEqual(answer);
  });

  it('is told with the name of the method as the client wrote it', async () => {
    const { plain } = await peersThat(throwing(new HubException('no')));
    expect(await plain.ask('FAIL')).toMatchObject({
      error: "An unexpected error occurred invoking 'FAIL' on the server. HubException: no",
    });
  });

  it('is logged once, with the hub, the method and the reason', async () => {
    const { plain } = await peersThat(throwing(new Error('the disk is full')));
    await plain.ask('fail');
    expect(log.takeErrors()).toEqual(["FailHub: invoking 'fail' failed: the disk is full"]);
  });

  it('N01: is logged on one line, and never fills the disk', async () => {
    const { plain } = await peersThat(throwing(new Error(`a\r\nb\u001b[31m${'c'.repeat(10_000)}`)));
    await plain.ask('fail');
    const [{ text, others }] = log.lines.filter(({ level }) => level === 'error');
    expect(text).toMatch(/^FailHub: invoking 'fail' failed: a\\u000d\\u000ab\\u001b\[31mc+…$/);
    expect(text.length).toBeLessThan(300);
    const stack = String(others[0]);
    expect(stack.includes('\u001b')).toBe(false);
    expect(stack.length).toBeLessThan(5_000);
    log.takeErrors();
  });

  it.each(hostileErrors)('fails that call and no other, however hostile: %s', async (_, thrown) => {
    const { plain, detailed } = await peersThat(throwing(thrown), { disconnectTimeout: 1 });
    for (const peer of [plain, detailed]) {
      expect(await peer.ask('fail')).toMatchObject({ error: expect.stringContaining(INVOKING) });
      expect(await peer.ask('failLater')).toMatchObject({ error: expect.stringContaining("invoking 'failLater'") });
      expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
    }
    log.takeErrors();
  });
});

describe('a call that does not reach its method', () => {
  const { binding_int_string: vectors } = JSON.parse(readFileSync(new URL('../vectors/json.json', import.meta.url), 'utf8')) as {
    binding_int_string: { input: string; expect: string }[];
  };

  it.each(vectors.map(({ input, expect: detail }) => [input, detail]))(
    'is told why in the words of ASP.NET Core: %s',
    async (input, detail) => {
      const { plain, detailed } = await peersThat(() => undefined);
      plain.write(`${input}\u001e`);
      expect(await plain.hear()).toEqual({ type: 3, invocationId: '42', error: BINDING });
      detailed.write(`${input}\u001e`);
      expect(await detailed.hear()).toEqual({ type: 3, invocationId: '42', error: `${BINDING} InvalidDataException: ${detail}` });
      expect(await plain.ask('foo', 1, 'b')).toMatchObject({ result: [1, 'b'] });
    },
  );

  it('is told in both modes that there is no such method', async () => {
    const { plain, detailed } = await peersThat(() => undefined);
    const error = "Failed to invoke 'nope' due to an error on the server. HubException: Method does not exist.";
    for (const peer of [plain, detailed]) expect(await peer.ask('nope')).toEqual({ type: 3, invocationId: 'ask-1', error });
  });
});

describe('a call of the wrong kind', () => {
  const INVOKED = "The client attempted to invoke the streaming 'fail' method with a non-streaming invocation.";
  const STREAMED = "The client attempted to invoke the non-streaming 'alive' method with a streaming invocation.";

  it.each<[string, (begun: () => void) => unknown]>([
    ['an Observable', (begun) => defer(() => (begun(), of(1)))],
    [
      'an async generator',
      async function* (begun) {
        begun();
        yield 1;
      },
    ],
    ['a ReadableStream', (begun) => new ReadableStream({ pull: begun }, { highWaterMark: 0 })],
    ['a promise of an Observable', async (begun) => defer(() => (begun(), of(1)))],
  ])('is refused when it is plain and the method returns %s, which is never begun', async (_, makeStream) => {
    const begun: string[] = [];
    const { plain, detailed } = await peersThat(() => makeStream(() => begun.push('begun')));
    for (const peer of [plain, detailed]) expect(await peer.ask('fail')).toEqual({ type: 3, invocationId: 'ask-1', error: INVOKED });
    expect(begun).toEqual([]);
  });

  it('lets go of the generator that nobody reads', async () => {
    const returned = new Gate();
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: async () => {
          void returned.pass();
          return { done: true, value: undefined };
        },
      }),
    };
    const { plain } = await peersThat(() => source);
    expect(await plain.ask('fail')).toMatchObject({ error: INVOKED });
    await returned.reached;
  });

  it('lets go of the ReadableStream that nobody reads', async () => {
    const cancelled = new Gate();
    const { plain } = await peersThat(() => new ReadableStream({ cancel: () => void cancelled.pass() }));
    expect(await plain.ask('fail')).toMatchObject({ error: INVOKED });
    await cancelled.reached;
  });

  it('says so in the log when the stream cannot be let go of, and fails nothing else', async () => {
    const source = {
      [Symbol.asyncIterator]: () => {
        throw new Error('not twice');
      },
    };
    const { plain } = await peersThat(() => source);
    expect(await plain.ask('fail')).toMatchObject({ error: INVOKED });
    expect(await plain.ask('alive')).toMatchObject({ result: 'alive' });
    expect(log.takeErrors()).toEqual([expect.stringContaining('not twice')]);
  });

  it('is refused when it is streaming and the method returns a value', async () => {
    const { plain, detailed } = await peersThat(() => undefined);
    for (const peer of [plain, detailed]) {
      peer.say({ ...invocation('1', 'alive'), type: 4 });
      expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', error: STREAMED });
    }
  });
});

describe('an id that is in use', () => {
  it('D07: fails the second call, and not the first', async () => {
    const gate = new Gate();
    @Hub('/busy', { maximumParallelInvocationsPerClient: 3 })
    class BusyHub {
      @HubMethod()
      async wait() {
        await gate.pass();
        return 'first';
      }
    }
    const peer = await HubPeer.join(await appOf([BusyHub]), BusyHub);
    peer.say(invocation('7', 'wait'));
    await gate.reached;
    peer.say(invocation('7', 'wait'));
    await peer.ask('noSuchMethod');
    expect(peer.heard.slice(1, -1)).toEqual([{ type: 3, invocationId: '7', error: "Invocation ID '7' is already in use." }]);
    await peer.hear();
    gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '7', result: 'first' });
  });
});
