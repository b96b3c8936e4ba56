import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, UseGuards, type ModuleMetadata, type Type } from '@nestjs/common';
import {
  Arg,
  Clients,
  Hub,
  HubCallerClients,
  HubCallerContext,
  HubClients,
  HubMethod,
  InjectHubClients,
  InjectHubConnections,
  InjectHubGroups,
  SignalRError,
  SignalRModule,
  type InjectionDecorator,
} from 'nestjs-signalr';
import { appFrom, moduleOf } from '../support/app-of.js';

/** What an application with this module dies of at boot. */
async function bootError(metadata: ModuleMetadata): Promise<string> {
  const error = await appFrom(metadata).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SignalRError);
  return (error as Error).message;
}

const bootErrorOf = (...hubs: Type[]): Promise<string> => bootError(moduleOf(hubs));

/** What a decorator dies of. */
function decorationError(decorate: () => unknown): string {
  expect(decorate).toThrow(SignalRError);
  try {
    decorate();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

@Hub('/chat')
class ChatHub {}

describe('a hub that cannot be told from another', () => {
  it.each(['/same', '/SAME', '/same/', '/Same/'])("is refused: '/same' and '%s'", async (path) => {
    @Hub('/same')
    class FirstHub {}
    @Hub(path)
    class SecondHub {}
    expect(await bootErrorOf(FirstHub, SecondHub)).toBe(
      `FirstHub and SecondHub are both served at '${path}'. Give one of them another path; paths are compared without case.`,
    );
  });

  it('is refused when it inherits its path', async () => {
    class SonHub extends ChatHub {}
    expect(await bootErrorOf(ChatHub, SonHub)).toContain("ChatHub and SonHub are both served at '/chat'.");
  });

  it('is refused when two modules provide it', async () => {
    @Module({ providers: [ChatHub] })
    class OneModule {}
    @Module({ providers: [ChatHub] })
    class OtherModule {}
    expect(await bootError({ imports: [SignalRModule, OneModule, OtherModule] })).toBe(
      'ChatHub stands in the providers of OneModule and OtherModule. Keep it in one of them, and export it from there.',
    );
  });
});

describe('F02, F03: a method that cannot be told from another', () => {
  const text = (hub: string, first: string, second: string): string =>
    `${hub} has two methods that clients cannot tell apart: ${first} and ${second}. ` +
    "Names are matched without case: rename one, or give it a name with @HubMethod('…').";

  it('is refused by case', async () => {
    @Hub('/case')
    class CaseHub {
      @HubMethod()
      send() {}

      @HubMethod()
      Send() {}
    }
    expect(await bootErrorOf(CaseHub)).toBe(text('CaseHub', 'send', 'Send'));
  });

  it('is refused by the name that it was given', async () => {
    @Hub('/given')
    class GivenHub {
      @HubMethod()
      send() {}

      @HubMethod('SEND')
      other() {}
    }
    expect(await bootErrorOf(GivenHub)).toBe(text('GivenHub', 'send', 'SEND'));
  });

  it('is refused when one of them is inherited', async () => {
    class Base {
      @HubMethod()
      send() {}
    }
    @Hub('/inherit')
    class InheritHub extends Base {
      @HubMethod('Send')
      other() {}
    }
    expect(await bootErrorOf(InheritHub)).toContain('two methods that clients cannot tell apart');
  });

  it('is no other when it overrides it', async () => {
    class Base {
      @HubMethod()
      send() {}
    }
    @Hub('/override')
    class OverrideHub extends Base {
      @HubMethod()
      override send() {}
    }
    await expect(appFrom(moduleOf([OverrideHub]))).resolves.toBeDefined();
  });
});

describe('a decorator in the wrong place', () => {
  it.each([
    'chat',
    '',
    '/chat/negotiate',
    '/chat?x=1',
    '/chat#x',
    '//host',
    '/chat room',
    '/chat\n',
    '/chat/:id',
    '/*',
    undefined,
    7,
    null,
  ])('@Hub refuses the path %j', (path) => {
    const text = decorationError(() => Hub(path as string)(class PathHub {}));
    expect(text).toContain(
      `@Hub(${JSON.stringify(path)}) on PathHub: the path has to be a text that begins with a slash, such as '/chat', `,
    );
    expect(text).toMatch(/ without query, fragment, ':parameters' or '\*', and does not end with '\/negotiate'\.$/);
  });

  it('@Hub refuses a method', () => {
    expect(decorationError(() => Hub('/x')({} as never))).toBe(
      '@Hub stands above something that is no class. Put it above the class of the hub.',
    );
  });

  const NO_METHOD = (name: string): string =>
    `@HubMethod stands on ${name}, which clients cannot call. It belongs on methods of the instance that have a plain name.`;
  const decorate = HubMethod() as (...values: unknown[]) => void;

  it.each<[string, string, () => void]>([
    [
      'a static method',
      'OddHub.make',
      () => {
        class OddHub {
          static make() {}
          go() {}
        }
        decorate(OddHub, 'make', Object.getOwnPropertyDescriptor(OddHub, 'make'));
      },
    ],
    [
      'a method called by a symbol',
      'OddHub.Symbol(go)',
      () => {
        const go = Symbol('go');
        class OddHub {
          [go]() {}
        }
        decorate(OddHub.prototype, go, Object.getOwnPropertyDescriptor(OddHub.prototype, go));
      },
    ],
    [
      'a getter',
      'OddHub.value',
      () => {
        class OddHub {
          get value() {
            return 1;
          }
        }
        decorate(OddHub.prototype, 'value', Object.getOwnPropertyDescriptor(OddHub.prototype, 'value'));
      },
    ],
    [
      'a property',
      'OddHub.value',
      () => {
        class OddHub {
          value = () => 1;
        }
        decorate(OddHub.prototype, 'value', undefined);
      },
    ],
  ])('@HubMethod refuses %s', (_, name, run) => {
    expect(decorationError(run)).toBe(NO_METHOD(name));
  });

  it.each(['', 7, null])('@HubMethod refuses the name %j', (name) => {
    class NamedHub {
      go() {}
    }
    const run = (): unknown =>
      HubMethod(name as string)(NamedHub.prototype, 'go', Object.getOwnPropertyDescriptor(NamedHub.prototype, 'go') as never);
    expect(decorationError(run)).toBe('@HubMethod on NamedHub.go: the name that clients call has to be a text of one character or more.');
  });

  it('is refused as then: Nest would wait for the hub for ever', () => {
    class ThenHub {
      // oxlint-disable-next-line unicorn/no-thenable
      then() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(ThenHub.prototype, 'then') as never;
    expect(decorationError(() => HubMethod()(ThenHub.prototype, 'then', descriptor))).toContain("ThenHub has a method called 'then'");
  });
});

describe('an override of a hub method', () => {
  class BaseHub {
    @HubMethod('open')
    @UseGuards({ canActivate: () => false })
    unlock(_value?: string) {}
  }

  it('is refused where it has decorators and no @HubMethod: guards would be lost', async () => {
    @Hub('/half')
    class HalfHub extends BaseHub {
      override unlock(@Arg() _value?: string) {}
    }
    expect(await bootErrorOf(HalfHub)).toBe(
      'HalfHub.unlock overrides a hub method of BaseHub and has decorators of its own, so that the guards and pipes above that one would be lost. ' +
        'Write @HubMethod() above it and repeat what it needs, or leave it without decorators.',
    );
  });

  it('may have any with its own @HubMethod', async () => {
    @Hub('/whole')
    class WholeHub extends BaseHub {
      @HubMethod()
      override unlock(@Arg() _value?: string) {}
    }
    await expect(appFrom(moduleOf([WholeHub]))).resolves.toBeDefined();
  });
});

describe('a parameter whose type no client can send', () => {
  /** A hub whose method was decorated by a compiler that leaves these types behind, or none. */
  const hubWith = (types: unknown[] | undefined): Type => {
    class LostHub {
      go(_value: unknown, _other: unknown) {}
    }
    HubMethod()(LostHub.prototype, 'go', Object.getOwnPropertyDescriptor(LostHub.prototype, 'go') as never);
    if (types !== undefined) Reflect.defineMetadata('design:paramtypes', types, LostHub.prototype, 'go');
    Hub('/lost')(LostHub);
    return LostHub;
  };

  it('is refused where the compiler leaves no types behind', async () => {
    expect(await bootErrorOf(hubWith(undefined))).toBe(
      'The types of the parameters of LostHub.go are not known at run time. ' +
        'Compile with "emitDecoratorMetadata" (tsc, or swc with "decoratorMetadata"); esbuild alone cannot do it.',
    );
  });

  it('is refused where it was a type import', async () => {
    expect(await bootErrorOf(hubWith([String, Function]))).toBe(
      "Parameter 2 of LostHub.go has lost its type. Where it is a class, import it without 'type'; where it is a function, no client can send one.",
    );
  });

  it.each([
    [HubCallerContext, '@Caller()'],
    [HubClients, '@Clients()'],
    [HubCallerClients, '@Clients()'],
    [AbortSignal, '@Signal()'],
  ])('is refused where it is a %p of the call itself, without its decorator', async (type, decorator) => {
    expect(await bootErrorOf(hubWith([String, type]))).toBe(
      `Parameter 2 of LostHub.go is ${type === AbortSignal ? 'an' : 'a'} ${type.name}, which no client can send. Write ${decorator} before it.`,
    );
  });

  it('is refused where it has the decorator of another one', async () => {
    @Hub('/misplaced')
    class MisplacedHub {
      @HubMethod()
      go(@Clients() _caller: HubCallerContext) {}
    }
    expect(await bootErrorOf(MisplacedHub)).toBe(
      'Parameter 1 of MisplacedHub.go is a HubCallerContext, which no client can send. Write @Caller() before it.',
    );
  });

  it('is no matter where the method has no parameters', async () => {
    class PlainHub {
      go() {}
    }
    HubMethod()(PlainHub.prototype, 'go', Object.getOwnPropertyDescriptor(PlainHub.prototype, 'go') as never);
    Hub('/plain')(PlainHub);
    await expect(appFrom(moduleOf([PlainHub]))).resolves.toBeDefined();
  });
});

describe('somebody who asks for a hub', () => {
  class NoHub {}

  @Hub('/elsewhere')
  class ElsewhereHub {}

  const askers: [string, (hub: Type | (() => Type)) => InjectionDecorator][] = [
    ['@InjectHubClients', InjectHubClients],
    ['@InjectHubGroups', InjectHubGroups],
    ['@InjectHubConnections', InjectHubConnections],
  ];

  /** A provider that asks for something of a hub. */
  const askFor = (decorator: InjectionDecorator): Type => {
    @Injectable()
    class Asker {
      constructor(readonly part: unknown) {}
    }
    decorator(Asker, undefined as never, 0 as never);
    Reflect.defineMetadata('design:paramtypes', [Object], Asker);
    return Asker;
  };

  it.each(askers)('that is none is told to write @Hub above it: %s', async (name, decorator) => {
    expect(await bootErrorOf(ChatHub, askFor(decorator(NoHub)))).toBe(
      `Asker asks for ${name}(NoHub), but NoHub is no hub. Write @Hub('/path') above class NoHub.`,
    );
  });

  it.each(askers)('that nobody provides is told to add it: %s', async (name, decorator) => {
    expect(await bootErrorOf(ChatHub, askFor(decorator(ElsewhereHub)))).toBe(
      `Asker asks for ${name}(ElsewhereHub), but ElsewhereHub is in no module's providers. Add it: @Module({ providers: [ElsewhereHub] }).`,
    );
  });

  it.each(askers)('by a function is told the same: %s', async (name, decorator) => {
    expect(await bootErrorOf(ChatHub, askFor(decorator(() => NoHub)))).toContain(`Asker asks for ${name}(NoHub), but NoHub is no hub.`);
    expect(await bootErrorOf(ChatHub, askFor(decorator(() => ElsewhereHub)))).toContain('Add it: @Module({ providers: [ElsewhereHub] }).');
  });

  it.each(askers)('that is not there yet is told to write a function: %s', async (name, decorator) => {
    const text = `${name}(…) in Asker was given undefined: the file of the hub and this one import each other. Write ${name}(() => TheHub) instead.`;
    expect(decorationError(() => askFor(decorator(undefined as never)))).toBe(text);
    expect(await bootErrorOf(ChatHub, askFor(decorator(() => undefined as never)))).toBe(text);
  });

  it('is told the same as a controller, a hub, by a property and by what it inherits', async () => {
    @Injectable()
    class Parent {
      @InjectHubClients(NoHub)
      readonly clients!: HubClients;
    }
    @Injectable()
    class Child extends Parent {}
    expect(await bootErrorOf(ChatHub, Parent)).toContain('Parent asks for @InjectHubClients(NoHub)');
    expect(await bootErrorOf(ChatHub, Child)).toContain('Parent asks for @InjectHubClients(NoHub)');
    const { Controller } = await import('@nestjs/common');
    @Controller()
    class AskingController {
      constructor(@InjectHubClients(NoHub) readonly clients: HubClients) {}
    }
    expect(await bootError({ ...moduleOf([ChatHub]), controllers: [AskingController] })).toContain('AskingController asks for');
  });
});

describe('SignalRModule that is imported twice', () => {
  it('is refused when the options differ', async () => {
    @Module({ imports: [SignalRModule.forRoot({ handshakeTimeout: 1_000 })] })
    class FeatureModule {}
    expect(await bootError({ imports: [SignalRModule.forRoot({ handshakeTimeout: 2_000 }), FeatureModule] })).toBe(
      'SignalRModule is imported more than once with different options. It is global: import SignalRModule.forRoot() in one module only.',
    );
  });

  it('is one where it is imported bare', async () => {
    @Module({ imports: [SignalRModule] })
    class FeatureModule {}
    await expect(appFrom({ imports: [SignalRModule, FeatureModule], providers: [ChatHub] })).resolves.toBeDefined();
  });
});

describe('an option', () => {
  const ofModule = (options: object): Promise<string> => bootError(moduleOf([ChatHub], options));
  const ofHub = (options: object): Promise<string> => {
    @Hub('/optional', options)
    class OptionalHub {}
    return bootErrorOf(OptionalHub);
  };
  const HUB = "@Hub('/optional') on OptionalHub";

  it.each(['keepaliveInterval', '__proto__x', 'constructor', 'toString', ''])(
    'that does not exist is refused, and those that do are named in order: %j',
    async (name) => {
      const own = { [name]: 1 };
      const texts = { 'the options of SignalRModule': await ofModule(own), [HUB]: await ofHub(own) };
      for (const [from, text] of Object.entries(texts)) {
        const [, known] = /^Unknown option '.*' in .*[.?] Known ones are: (.*)\.$/.exec(text) ?? [];
        expect(text).toContain(`Unknown option '${name}' in ${from}.`);
        const names = known.split(', ');
        expect(names).toContain('keepAliveInterval');
        expect(names).toEqual([...names].sort());
      }
    },
  );

  it('of the server is none of a hub', async () => {
    for (const name of ['clock', 'limits', 'disconnectTimeout', 'userIdProvider']) {
      expect(await ofHub({ [name]: undefined })).toBe(
        `'${name}' in ${HUB} is an option of SignalRModule.forRoot, not of one hub. Write it there.`,
      );
    }
  });

  it('that does not exist in a group is refused with the names of the group', async () => {
    expect(await ofModule({ limits: { namelength: 1 } })).toMatch(
      /^Unknown option 'limits\.namelength' in the options of SignalRModule\. Did you mean 'nameLength'\? Known ones are: .*nameLength/,
    );
    expect(await ofHub({ webSocket: { deflate: true } })).toMatch(
      /^Unknown option 'webSocket\.deflate' in .*\. Known ones are: closeTimeout, /,
    );
  });

  it.each<[object, string]>([
    [{ handshakeTimeout: 0 }, "The option 'handshakeTimeout' in {from} is 0. It has to be a number of milliseconds, 1 or more."],
    [{ handshakeTimeout: '15s' }, "The option 'handshakeTimeout' in {from} is '15s'. It has to be a number of milliseconds, 1 or more."],
    [
      { keepAliveInterval: Infinity },
      "The option 'keepAliveInterval' in {from} is Infinity. It has to be a number of milliseconds, 1 or more.",
    ],
    [{ clientTimeoutInterval: Number.NaN }, "The option 'clientTimeoutInterval' in {from} is NaN."],
    [{ maximumReceiveMessageSize: -1 }, "The option 'maximumReceiveMessageSize' in {from} is -1. It has to be a whole number, 0 or more."],
    [{ maximumReceiveMessageSize: 1.5 }, 'It has to be a whole number, 0 or more.'],
    [{ maximumParallelInvocationsPerClient: 0 }, 'It has to be a whole number, 1 or more.'],
    [{ enableDetailedErrors: 'yes' }, "The option 'enableDetailedErrors' in {from} is 'yes'. It has to be true or false."],
    [{ optionalArguments: 'none' }, "The option 'optionalArguments' in {from} is 'none'. It has to be one of 'declared', 'all'."],
    [
      { protocols: [] },
      "The option 'protocols' in {from} is an empty list. It has to be a list of one or more protocols, such as [json(), messagePack()].",
    ],
    [{ transports: ['WebSockets', 'websockets'] }, "The option 'transports' in {from} contains 'websockets'. It has to be a list"],
    [{ allowedOrigins: 'https://a.example/' }, 'without a path or a slash at the end'],
    [{ allowedOrigins: ['*', 'https://a.example/'] }, "The option 'allowedOrigins' in {from} contains 'https://a.example/'."],
    [{ protocols: ['json'] }, 'It has to be a list of one or more protocols'],
    [{ protocols: 'json' }, "The option 'protocols' in {from} is 'json'."],
    [{ minimumProtocolVersion: 2 }, "The option 'minimumProtocolVersion' in {from} is 2. It has to be 0 or 1."],
    [{ webSocket: true }, "The option 'webSocket' in {from} is true. It has to be an object."],
    [{ webSocket: null }, "The option 'webSocket' in {from} is null. It has to be an object."],
    [{ webSocket: { closeTimeout: 0 } }, "The option 'webSocket.closeTimeout' in {from} is 0."],
    [{ outbox: { maximum: 0 } }, "The option 'outbox.maximum' in {from} is 0. It has to be a whole number, 1 or more."],
    [
      { outbox: { whenSlow: 'drop' } },
      "The option 'outbox.whenSlow' in {from} is 'drop'. It has to be one of 'close', 'drop-newest', 'drop-oldest', 'coalesce'.",
    ],
    [{ outbox: { highWaterMark: 2_000_000 } }, 'outbox.highWaterMark (2000000) has to be less than outbox.maximum (1048576) in {from}.'],
  ])('that cannot be is refused, with what is allowed: %j', async (options, text) => {
    const [ofTheModule, ofTheHub] = [await ofModule(options), await ofHub(options)];
    expect(ofTheModule).toContain(text.replace('{from}', 'the options of SignalRModule'));
    expect(ofTheHub).toContain(text.replace('{from}', HUB));
  });

  it.each<[object, string]>([
    [{ disconnectTimeout: 0 }, "The option 'disconnectTimeout' in the options of SignalRModule is 0."],
    [{ limits: { groupsPerConnection: 0 } }, 'It has to be a whole number, 1 or more, or Infinity.'],
    [{ limits: { nameLength: Infinity } }, 'It has to be a whole number, 1 or more.'],
    [{ limits: 7 }, "The option 'limits' in the options of SignalRModule is 7. It has to be an object."],
    [{ userIdProvider: 'sub' }, "The option 'userIdProvider' in the options of SignalRModule is 'sub'. It has to be a function."],
    [{ clock: {} }, "The option 'clock' in the options of SignalRModule is an object (Object). It has to be a clock, such as a FakeClock."],
  ])('of the server that cannot be is refused, with what is allowed: %j', async (options, text) => {
    expect(await ofModule(options)).toContain(text);
  });

  it('that cannot be is refused whichever way it came', async () => {
    const module = SignalRModule.forRootAsync({ useFactory: () => ({ handshakeTimeout: 0 }) });
    expect(await bootError({ imports: [module] })).toContain("The option 'handshakeTimeout' in the options of SignalRModule is 0.");
  });
});
