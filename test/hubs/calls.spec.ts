import { describe, expect, it, jest } from '@jest/globals';
import { Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubMethod, type OnConnected } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { HubPeer, invocation, record } from '../support/hub-peer.js';

/** Answers with whatever a test puts into it. */
@Hub('/answer')
class AnswerHub {
  make: () => unknown = () => undefined;

  @HubMethod()
  answer(): unknown {
    return this.make();
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod()
  nothing(): void {}
}

const peerOf = async (make: () => unknown): Promise<HubPeer> => {
  const app = await appOf([AnswerHub]);
  app.get(AnswerHub).make = make;
  return HubPeer.join(app, AnswerHub);
};

const rejectedThenable = {
  // oxlint-disable-next-line unicorn/no-thenable
  then: (_: unknown, reject: (error: Error) => void) => reject(new Error('refused')),
};

// oxlint-disable-next-line unicorn/no-thenable
const badGetter = Object.defineProperty({}, 'then', {
  get: () => {
    throw new Error('no thenable');
  },
});

const cycle = (): object => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

describe('the answer of a call', () => {
  it.each<[string, () => unknown, unknown]>([
    ['a value', () => ({ a: [1, 'é', null] }), { a: [1, 'é', null] }],
    ['a promise', async () => 'later', 'later'],
    ['a promise of a promise', async () => Promise.resolve('later'), 'later'],
    // oxlint-disable-next-line unicorn/no-thenable
    ['a thenable', () => ({ then: (resolve: (value: string) => void) => resolve('then') }), 'then'],
    ['null', () => null, null],
    ['undefined', () => undefined, null],
    ['a promise of nothing', async () => undefined, null],
    ['false', () => false, false],
    ['zero', () => 0, 0],
    ['an empty text', () => '', ''],
    ['an array', () => [1, 2], [1, 2]],
    ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
    ['bytes', () => Buffer.from([1, 2, 3]), 'AQID'],
    ['a map', () => new Map([['a', 1]]), { a: 1 }],
    ['a set', () => new Set([1, 2]), [1, 2]],
    ['a function, which JSON does not know', () => () => 1, null],
    ['a symbol, which JSON does not know', () => Symbol('s'), null],
  ])('is what the method returned: %s', async (_, make, result) => {
    const peer = await peerOf(make);
    peer.say(invocation('1', 'answer'));
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result });
  });

  it('has the properties of ASP.NET Core in its order, and null for a method without a result', async () => {
    const peer = await peerOf(() => 1);
    peer.say(invocation('1', 'nothing'));
    await peer.hear();
    expect(peer.texts.at(-1)).toBe('{"type":3,"invocationId":"1","result":null}');
  });

  it('writes a bigint with all of its digits', async () => {
    const peer = await peerOf(() => 12_345_678_901_234_567_890n);
    await peer.ask('answer');
    expect(peer.texts.at(-1)).toContain('"result":12345678901234567890}');
  });

  it('comes once for a thenable that settles twice', async () => {
    const peer = await peerOf(() => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then(resolve: (value: number) => void, reject: (error: Error) => void) {
        resolve(1);
        reject(new Error('too late'));
        resolve(2);
      },
    }));
    expect(await peer.ask('answer')).toMatchObject({ result: 1 });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['contains itself', cycle],
    ['contains itself, in a promise', async () => cycle()],
    ['is too deep for the stack', () => Array.from({ length: 100_000 }).reduce((inner) => [inner], 1)],
    [
      'has a toJSON that throws',
      () => ({
        toJSON() {
          throw new Error('no JSON');
        },
      }),
    ],
    ['is a thenable that rejects', () => rejectedThenable],
    ['has a then that cannot even be read', () => badGetter],
  ])('is an error, and fails nothing else, when the result %s', async (_, make) => {
    const peer = await peerOf(make);
    expect(await peer.ask('answer')).toEqual({
      type: 3,
      invocationId: 'ask-1',
      error: "An unexpected error occurred invoking 'answer' on the server.",
    });
    expect(await peer.ask('echo', 'alive')).toMatchObject({ result: 'alive' });
    expect(log.takeErrors()).toHaveLength(1);
  });

  it('never comes for a call without an id, whatever becomes of it', async () => {
    const peer = await peerOf(() => {
      throw new Error('nobody hears it');
    });
    const silent = (target: string, ...args: unknown[]): object => ({ type: 1, target, arguments: args });
    peer.say(
      silent('echo', 1),
      silent('answer'),
      silent('echo'),
      silent('echo', 1, 2),
      silent('unknown'),
      { ...silent('echo', 1), invocationId: '' },
      { type: 1, target: 'echo', arguments: [cycle.length], headers: { traceparent: '00' } },
    );
    expect(await peer.hearsNothing()).toBe(true);
    expect(log.takeErrors()).toEqual([expect.stringContaining('nobody hears it')]);
  });

  it.each(['__proto__', 'constructor', 'toString', '0', '-1', ' ', 'é\n"', 'i'.repeat(20_000)])(
    'D06: bears the id of its call: %j',
    async (id) => {
      const peer = await peerOf(() => 'answered');
      peer.say(invocation(id, 'answer'));
      expect(await peer.hear()).toEqual(
        JSON.parse(JSON.stringify({ type: 3, invocationId: 'x', result: 'answered' }).replace('"x"', JSON.stringify(id))),
      );
    },
  );

  it('comes again for an id whose call has been answered', async () => {
    const peer = await peerOf(() => 1);
    peer.say(invocation('1', 'answer'));
    expect(await peer.hear()).toMatchObject({ result: 1 });
    peer.say(invocation('1', 'echo'));
    expect(await peer.hear()).toMatchObject({ error: expect.any(String) });
    peer.say(invocation('1', 'echo', 2));
    expect(await peer.hear()).toMatchObject({ result: 2 });
  });
});

describe('a call', () => {
  it('may name its properties in any order, and have more of them than are known', async () => {
    const peer = await peerOf(() => 1);
    peer.write(record({ arguments: ['a'], unknown: {}, target: 'echo', invocationId: '1', headers: { a: 'b' }, type: 1 }));
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'a' });
  });

  it.each<[string, object]>([
    ['a type that nobody knows', { type: 99, target: 'echo' }],
    ['type 0', { type: 0 }],
    ['a negative type', { type: -1 }],
    ['a ping', { type: 6 }],
    ['an ack that nobody asked for', { type: 8, sequenceId: 1 }],
    ['a sequence that nobody asked for', { type: 9, sequenceId: 1 }],
    ['an item of no stream', { type: 2, invocationId: '__proto__', item: 1 }],
    ['a result of no call', { type: 3, invocationId: 's1', result: 1 }],
    ['an error of no call', { type: 3, invocationId: 'constructor', error: 'x' }],
    ['a cancellation of no call', { type: 5, invocationId: 'toString' }],
  ])('D08: is carried out although %s came before it', async (_, message) => {
    const peer = await peerOf(() => 1);
    peer.say(message, message, invocation('1', 'echo', 'on'));
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'on' });
  });

  it('D05: gets arguments in which nothing can change a prototype', async () => {
    let given: object = {};
    @Hub('/given')
    class GivenHub {
      @HubMethod()
      give(value: object) {
        given = value;
      }
    }
    const peer = await HubPeer.join(await appOf([GivenHub]), GivenHub);
    peer.write(
      '{"type":1,"invocationId":"1","target":"give","arguments":[{"__proto__":{"admin":true},"inner":{"__proto__":{"admin":true}}}]}\u001e',
    );
    await peer.hear();
    expect(Object.assign({}, given)).not.toHaveProperty('admin');
    expect(Object.keys(given)).toEqual(['inner']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('knows its caller and, through it, the clients', async () => {
    @Hub('/seen')
    class SeenHub {
      @HubMethod()
      async who(@Clients() clients: HubCallerClients, text: string, @Caller() caller: HubCallerContext<{ id: string }>) {
        await clients.caller.send('seen', text);
        return [caller.user.id, caller.userIdentifier];
      }
    }
    const client = await createTestClient(await appOf([SeenHub]), SeenHub, { user: { id: 'ada' } });
    expect(await client.invoke('who', 'hello')).toEqual(['ada', 'ada']);
    expect(await client.next('seen')).toEqual(['hello']);
  });

  it('calls the method that the instance has now: a spy is called', async () => {
    const app = await appOf([AnswerHub]);
    const spy = jest.spyOn(app.get(AnswerHub), 'echo').mockReturnValue('spied');
    const client = await createTestClient(app, AnswerHub);
    expect(await client.invoke('echo', 1)).toBe('spied');
    expect(spy).toHaveBeenCalledWith(1);
  });
});

class BaseHub {
  @HubMethod()
  inherited() {
    return 'base';
  }

  @HubMethod()
  overridden(@Caller() caller: HubCallerContext, value: string) {
    return `base ${value} ${caller.connectionId}`;
  }

  @HubMethod('oldName')
  renamed(): string {
    return 'base';
  }

  @HubMethod()
  redeclared(@Caller() _: HubCallerContext, value: unknown): unknown {
    return value;
  }

  onlyForTheServer() {
    return 'secret';
  }
}

@Hub('/names')
class NamesHub extends BaseHub implements OnConnected {
  readonly property = () => 'secret';

  override overridden(caller: HubCallerContext, value: string) {
    return `derived ${value} ${typeof caller.connectionId}`;
  }

  @HubMethod('newName')
  override renamed() {
    return 'derived';
  }

  @HubMethod()
  override redeclared(value: unknown) {
    return value;
  }

  @HubMethod('Straße.É')
  accented() {
    return 'accented';
  }

  @HubMethod()
  sendMessage() {
    return 'sent';
  }

  @HubMethod('__proto__')
  named() {
    return 'by a decorator';
  }

  onConnected() {
    return 'secret';
  }

  onModuleInit() {
    return 'secret';
  }

  get accessor() {
    return () => 'secret';
  }

  static staticMethod() {
    return 'secret';
  }

  undecorated() {
    return this.hidden();
  }

  private hidden() {
    return 'secret';
  }
}

describe('the name of a method', () => {
  it.each([
    ['sendMessage', 'sent'],
    ['SendMessage', 'sent'],
    ['SENDMESSAGE', 'sent'],
    ['sendmessage', 'sent'],
    ['inherited', 'base'],
    ['NEWNAME', 'derived'],
    ['straße.é', 'accented'],
    ['__proto__', 'by a decorator'],
  ])('F02: is found without case: %s', async (target, result) => {
    const client = await createTestClient(await appOf([NamesHub]), NamesHub);
    expect(await client.invoke(target)).toBe(result);
  });

  it('F03: is kept, with its parameters, by an override without decorators', async () => {
    const client = await createTestClient(await appOf([NamesHub]), NamesHub);
    expect(await client.invoke('overridden', 'x')).toBe('derived x string');
  });

  it('F03: belongs with its parameters to an override that has a decorator of its own', async () => {
    const client = await createTestClient(await appOf([NamesHub]), NamesHub);
    expect(await client.invoke('redeclared', 'x')).toBe('x');
  });

  it.each([
    'renamed',
    'oldName',
    'named',
    'accented',
    'undecorated',
    'hidden',
    'onlyForTheServer',
    'property',
    'accessor',
    'staticMethod',
    'onConnected',
    'onDisconnected',
    'onModuleInit',
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'then',
    '__defineGetter__',
    'prototype',
    'error',
    'close',
    'newListener',
    ' sendMessage',
    'sendMessage\u0000',
    '*',
    '0',
  ])('F01, F04: is no other than what decorators say: %j is none', async (target) => {
    const peer = await HubPeer.join(await appOf([NamesHub]), NamesHub);
    peer.say(invocation('1', target, 'x'));
    expect(await peer.hear()).toEqual({
      type: 3,
      invocationId: '1',
      error: `Failed to invoke '${target}' due to an error on the server. HubException: Method does not exist.`,
    });
    expect(await peer.ask('sendMessage')).toMatchObject({ result: 'sent' });
  });

  it('may be looked for with 30 KB', async () => {
    const target = 'x'.repeat(30 * 1024);
    const peer = await HubPeer.join(await appOf([NamesHub]), NamesHub);
    expect(await peer.ask(target)).toMatchObject({
      error: `Failed to invoke '${target}' due to an error on the server. HubException: Method does not exist.`,
    });
    expect(await peer.ask('sendMessage')).toMatchObject({ result: 'sent' });
  });

  it('must not be empty: such a message ends the connection', async () => {
    const peer = await HubPeer.join(await appOf([NamesHub], { enableDetailedErrors: true }), NamesHub);
    peer.say(invocation('1', ''));
    await peer.ended;
    expect(peer.heard.at(-1)).toMatchObject({ type: 7, error: expect.stringContaining("Missing required property 'target'.") });
  });
});

@Hub('/arguments')
class ArgumentsHub {
  @HubMethod()
  two(a: number, b: string): unknown {
    return [a, b];
  }

  @HubMethod()
  withDefault(a: string, b = 'b', c: number = 3): unknown {
    return [a, b, c];
  }

  @HubMethod()
  defaultFirst(a = 'a', b: string): unknown {
    return [a, b];
  }

  @HubMethod()
  rest(first: string, @Caller() caller: HubCallerContext, ...others: number[]): unknown {
    return [first, typeof caller.connectionId, ...others];
  }

  @HubMethod()
  patterns({ a }: { a: number } = { a: 1 }, [b, c]: string[] = ['(', ')']): unknown {
    return [a, b, c];
  }

  @HubMethod()
  decorated(@Caller() caller: HubCallerContext, a: string, @Clients() clients: HubCallerClients, b: string = 'b'): unknown {
    return [typeof caller.connectionId, a, clients instanceof HubCallerClients, b];
  }

  @HubMethod()
  typed(text: string, flag: boolean, count: number, anything: object | string): unknown {
    return [text, flag, count, anything];
  }

  @HubMethod()
  none(): unknown {
    return [];
  }
}

describe('the arguments of a call', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['two', [1, 'b'], [1, 'b']],
    ['two', [null, null], [null, null]],
    ['withDefault', ['x'], ['x', 'b', 3]],
    ['withDefault', ['x', 'y'], ['x', 'y', 3]],
    ['withDefault', ['x', 'y', 4], ['x', 'y', 4]],
    ['withDefault', ['x', null, null], ['x', null, null]],
    ['defaultFirst', ['x', 'y'], ['x', 'y']],
    ['rest', ['x'], ['x', 'string']],
    ['rest', ['x', 1], ['x', 'string', 1]],
    ['rest', ['x', 1, 2, 3], ['x', 'string', 1, 2, 3]],
    ['patterns', [], [1, '(', ')']],
    ['patterns', [{ a: 2 }, ['x', 'y']], [2, 'x', 'y']],
    ['decorated', ['x'], ['string', 'x', true, 'b']],
    ['decorated', ['x', 'y'], ['string', 'x', true, 'y']],
    ['typed', ['', false, 0, { a: 1 }], ['', false, 0, { a: 1 }]],
    ['none', [], []],
  ])('reach %s as %j', async (target, args, result) => {
    const client = await createTestClient(await appOf([ArgumentsHub]), ArgumentsHub);
    expect(await client.invoke(target, ...args)).toEqual(result);
  });

  it('reach a rest parameter unchecked, whatever the compiler says that they are', async () => {
    @Hub('/rest')
    class RestHub {
      @HubMethod()
      rest(...values: unknown[]) {
        return values;
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Number], RestHub.prototype, 'rest');
    const client = await createTestClient(await appOf([RestHub]), RestHub);
    expect(await client.invoke('rest', 1, 'two')).toEqual([1, 'two']);
  });

  it('D09: reach the method as null and as what 1e400 and -0 are in JavaScript', async () => {
    const peer = await HubPeer.join(await appOf([ArgumentsHub]), ArgumentsHub);
    peer.write('{"type":1,"invocationId":"1","target":"rest","arguments":["\\ud800",-0,9223372036854775807]}\u001e');
    expect(await peer.hear()).toMatchObject({ result: ['\ud800', 'string', 0, 9_223_372_036_854_775_808] });
  });

  it.each<[string, unknown[], string]>([
    ['two', [], '0 argument(s) but target expects 2.'],
    ['two', [1], '1 argument(s) but target expects 2.'],
    ['two', [1, '2', 3], '3 argument(s) but target expects 2.'],
    ['withDefault', [], '0 argument(s) but target expects 1 to 3.'],
    ['withDefault', ['', '', 1, 1], '4 argument(s) but target expects 1 to 3.'],
    ['rest', [], '0 argument(s) but target expects at least 1.'],
    ['decorated', [], '0 argument(s) but target expects 1 to 2.'],
    ['decorated', ['', '', ''], '3 argument(s) but target expects 1 to 2.'],
    ['none', [null], '1 argument(s) but target expects 0.'],
  ])('D03: of %s have to be as many as it takes, not %j', async (target, args, detail) => {
    const peer = await HubPeer.join(await appOf([ArgumentsHub], { enableDetailedErrors: true }), ArgumentsHub);
    expect(await peer.ask(target, ...args)).toMatchObject({
      error: `Failed to invoke '${target}' due to an error on the server. InvalidDataException: Invocation provides ${detail}`,
    });
  });

  it.each<[string, unknown[]]>([
    ['two', ['1', 'b']],
    ['two', [1, 2]],
    ['two', [[1], 'b']],
    ['two', [{}, 'b']],
    ['two', [true, 'b']],
    ['withDefault', ['x', 'y', 'z']],
    ['typed', [1, true, 1, {}]],
    ['typed', ['', 'true', 1, {}]],
    ['typed', ['', true, '1', {}]],
  ])('of %s have to be of its types, not %j', async (target, args) => {
    const peer = await HubPeer.join(await appOf([ArgumentsHub], { enableDetailedErrors: true }), ArgumentsHub);
    expect(await peer.ask(target, ...args)).toMatchObject({
      error:
        `Failed to invoke '${target}' due to an error on the server. InvalidDataException: Error binding arguments. ` +
        'Make sure that the types of the provided values match the types of the hub method being invoked.',
    });
  });

  it("may all be left out with optionalArguments: 'all', and are undefined then", async () => {
    const client = await createTestClient(await appOf([ArgumentsHub], { optionalArguments: 'all' }), ArgumentsHub);
    expect(await client.invoke('typed')).toEqual([null, null, null, null]);
    expect(await client.invoke('two', 1)).toEqual([1, null]);
    expect(await client.invoke('decorated')).toEqual(['string', null, true, 'b']);
    await expect(client.invoke('two', 1, '2', 3)).rejects.toThrow("Failed to invoke 'two' due to an error on the server.");
  });

  it('D03: may be 10 000', async () => {
    const client = await createTestClient(await appOf([ArgumentsHub]), ArgumentsHub);
    const many = Array.from({ length: 10_000 }, (_, index) => index % 10);
    expect(await client.invoke('rest', 'x', ...many)).toHaveLength(10_002);
  });

  it.each([62, 63])('D04: may be nested so deep that the whole message has 64 levels, and no deeper: %d', async (levels) => {
    const reached: unknown[] = [];
    @Hub('/deep')
    class DeepHub {
      @HubMethod()
      take(value: unknown) {
        reached.push(value);
      }
    }
    const peer = await HubPeer.join(await appOf([DeepHub]), DeepHub);
    peer.write(`{"type":1,"invocationId":"1","target":"take","arguments":[${'['.repeat(levels)}${']'.repeat(levels)}]}\u001e`);
    expect(await peer.hear()).toMatchObject({ type: levels === 62 ? 3 : 7 });
    expect(reached).toHaveLength(levels === 62 ? 1 : 0);
  });
});
