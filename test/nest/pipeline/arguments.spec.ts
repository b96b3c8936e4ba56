import { describe, expect, it } from '@jest/globals';
import * as nest from '@nestjs/common';
import {
  DefaultValuePipe,
  Headers,
  Injectable,
  ParseArrayPipe,
  ParseIntPipe,
  UsePipes,
  ValidationPipe,
  createParamDecorator,
  type ArgumentMetadata,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { IsInt, IsString, Min, MinLength } from 'class-validator';
import { Arg, Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubException, HubMethod, type OnConnected } from 'nestjs-signalr';
import { z } from 'zod';
import { appFrom, appOf, log, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { nestMajor } from '../../support/nest-platforms.js';

/** Appends its name to what is a text, and keeps what it was told of the argument. */
class Mark implements PipeTransform {
  static metadata: ArgumentMetadata[] = [];

  constructor(private readonly name: string) {}

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    Mark.metadata.push(metadata);
    return typeof value === 'string' ? `${value} ${this.name}` : value;
  }
}

@Injectable()
class Catalogue {
  find(name: string): unknown {
    if (name !== 'tea') throw new HubException(`There is no ${name}.`);
    return { article: name };
  }
}

@Injectable()
class ArticlePipe implements PipeTransform {
  constructor(private readonly catalogue: Catalogue) {}

  async transform(name: string): Promise<unknown> {
    return this.catalogue.find(name);
  }
}

const failure = (method: string, text: string): object => ({
  error: `An unexpected error occurred invoking '${method}' on the server. HubException: ${text}`,
});
const binding = (method: string): object => ({ error: `Failed to invoke '${method}' due to an error on the server.` });

async function peerOf(hub: Type, ...providers: object[]): Promise<HubPeer> {
  const app = await appFrom({ ...moduleOf([]), providers: [hub, ...(providers as never[])] });
  Mark.metadata = [];
  return HubPeer.join(app, hub);
}

describe('pipes', () => {
  @Hub('/pipes')
  @UsePipes(new Mark('class'))
  class PipesHub {
    @HubMethod()
    @UsePipes(new Mark('method 1'), new Mark('method 2'))
    all(first: string, @Arg(new Mark('own 1'), new Mark('own 2')) second: string) {
      return [first, second];
    }
  }

  it('transform every argument, in the order application, class, method, parameter', async () => {
    const peer = await peerOf(PipesHub, { provide: APP_PIPE, useValue: new Mark('app') });
    expect(await peer.ask('all', 'a', 'b')).toMatchObject({
      result: ['a app class method 1 method 2', 'b app class method 1 method 2 own 1 own 2'],
    });
  });

  it('of the whole application are left out with globalEnhancers: false', async () => {
    const app = await appFrom({
      ...moduleOf([], { globalEnhancers: false }),
      providers: [PipesHub, { provide: APP_PIPE, useValue: new Mark('app') }],
    });
    expect(await (await HubPeer.join(app, PipesHub)).ask('all', 'a', 'b')).toMatchObject({
      result: ['a class method 1 method 2', 'b class method 1 method 2 own 1 own 2'],
    });
  });

  it('are told the type that stands in the signature, as for the body of a request', async () => {
    class Order {}
    const schema = z.unknown();
    @Hub('/told')
    @UsePipes(new Mark('class'))
    class ToldHub {
      @HubMethod()
      told(_value: number, __: Order, @Arg({ schema }) ___: unknown, @MessageBody('name') ____: string) {}
    }
    const peer = await peerOf(ToldHub);
    expect(await peer.ask('told', 1, {}, 3, {})).toMatchObject({ result: null });
    expect(Mark.metadata).toEqual([
      { type: 'body', metatype: Number, data: undefined, schema: undefined },
      { type: 'body', metatype: Order, data: undefined, schema: undefined },
      { type: 'body', metatype: Object, data: undefined, schema },
      { type: 'body', metatype: String, data: 'name', schema: undefined },
    ]);
  });

  it('are injected when they are given by their class, wherever they stand', async () => {
    @Hub('/injected')
    class InjectedHub {
      @HubMethod()
      parameter(@Arg(ArticlePipe) article: object) {
        return article;
      }

      @HubMethod()
      @UsePipes(ArticlePipe)
      method(article: object) {
        return article;
      }
    }
    const peer = await peerOf(InjectedHub, Catalogue);
    for (const method of ['parameter', 'method']) {
      expect(await peer.ask(method, 'tea')).toMatchObject({ result: { article: 'tea' } });
      expect(await peer.ask(method, 'coffee')).toMatchObject(failure(method, 'There is no coffee.'));
    }
  });

  it('may be asynchronous: they run one after the other, and one that fails does not leave another behind', async () => {
    const ran: string[] = [];
    const slow = (name: string, fails = false): PipeTransform => ({
      transform: async (value: unknown) => {
        ran.push(name);
        await Promise.resolve();
        if (fails) throw new HubException(name);
        return value;
      },
    });
    @Hub('/slow')
    class SlowHub {
      @HubMethod()
      go(@Arg(slow('first')) _value: unknown, @Arg(slow('second', true)) __: unknown, @Arg(slow('third', true)) ___: unknown) {}
    }
    const peer = await peerOf(SlowHub);
    expect(await peer.ask('go', 1, 2, 3)).toMatchObject(failure('go', 'second'));
    expect(ran).toEqual(['first', 'second']);
  });

  it('may bring a parameter the type that it asks for, and are not excused from it', async () => {
    @Hub('/typed')
    class TypedHub {
      @HubMethod()
      page(@Arg(ParseIntPipe) page: number) {
        return page;
      }

      @HubMethod()
      wrong(@Arg({ pipes: [{ transform: () => 'text' }] }) page: number) {
        return page;
      }
    }
    const peer = await peerOf(TypedHub);
    expect(await peer.ask('page', '12')).toMatchObject({ result: 12 });
    expect(await peer.ask('page', 'x')).toMatchObject(failure('page', 'Validation failed (numeric string is expected)'));
    expect(await peer.ask('wrong', 1)).toMatchObject(binding('wrong'));
  });

  it('take every argument of a rest parameter', async () => {
    @Hub('/rest')
    class RestHub {
      @HubMethod()
      rest(first: string, @Arg(ParseIntPipe) ...others: number[]) {
        return [first, ...others];
      }
    }
    const peer = await peerOf(RestHub);
    expect(await peer.ask('rest', 'a', '1', '2')).toMatchObject({ result: ['a', 1, 2] });
    expect(await peer.ask('rest', 'a')).toMatchObject({ result: ['a'] });
    expect(await peer.ask('rest', 'a', '1', 'x')).toHaveProperty('error');
  });

  it('have the last word about an argument that was left out: one of them may have a default', async () => {
    @Hub('/default')
    class DefaultHub {
      @HubMethod()
      page(@Arg({ pipes: [new DefaultValuePipe(7), ParseIntPipe], optional: true }) page: number, size = 20) {
        return [page, size];
      }
    }
    const peer = await peerOf(DefaultHub);
    expect(await peer.ask('page')).toMatchObject({ result: [7, 20] });
    expect(await peer.ask('page', '1', 2)).toMatchObject({ result: [1, 2] });
  });

  it('may be those that Nest has for lists', async () => {
    @Hub('/list')
    class ListHub {
      @HubMethod()
      sum(@Arg(new ParseArrayPipe({ items: Number })) values: number[]) {
        return values.reduce((sum, value) => sum + value, 0);
      }
    }
    expect(await (await peerOf(ListHub)).ask('sum', ['1', '2'])).toMatchObject({ result: 3 });
  });
});

describe('a schema', () => {
  @Hub('/schema')
  class SchemaHub {
    @HubMethod()
    search(@Arg({ schema: z.string().min(2) }) text: string, @Arg({ schema: z.number().int().optional() }) page?: number) {
      return [text, page];
    }

    @HubMethod()
    optional(@Arg({ schema: z.string().min(2), optional: true }) text?: string) {
      return text ?? 'none';
    }

    @HubMethod()
    coerce(@Arg({ schema: z.coerce.number(), pipes: [new Mark('own')] }) value: number) {
      return value;
    }

    @HubMethod()
    later(@Arg({ schema: z.string().refine(async (text) => text !== 'taken', 'The name is taken.') }) name: string) {
      return name;
    }

    @HubMethod()
    strip(@Arg({ schema: z.object({ name: z.string() }) }) person: object) {
      return person;
    }
  }

  it('checks its argument, and says what is wrong with it', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('search', 'tea', 2)).toMatchObject({ result: ['tea', 2] });
    const { error } = await peer.ask('search', 't', 2);
    expect(error).toBe(
      `An unexpected error occurred invoking 'search' on the server. HubException: ${z.string().min(2).safeParse('t').error?.issues[0].message}`,
    );
  });

  it('may be asynchronous', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('later', 'free')).toMatchObject({ result: 'free' });
    expect(await peer.ask('later', 'taken')).toMatchObject(failure('later', 'The name is taken.'));
  });

  it('puts what it makes of the argument in its place', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('strip', { name: 'Ada', admin: true })).toMatchObject({ result: { name: 'Ada' } });
    expect(await peer.ask('strip', { name: 'Ada', admin: true })).not.toHaveProperty('result.admin');
  });

  it('comes after the pipes, and before the type is looked at', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('coerce', 12)).toMatchObject({ result: 12 });
    expect(await peer.ask('coerce', '12')).toHaveProperty('error');
  });

  it('is not asked about an argument that may be left out, and was', async () => {
    const peer = await peerOf(SchemaHub);
    expect(await peer.ask('optional')).toMatchObject({ result: 'none' });
    expect(await peer.ask('optional', 't')).toHaveProperty('error');
    expect(await peer.ask('optional', null)).toHaveProperty('error');
  });

  it('that throws instead of answering fails the call', async () => {
    const schema = { '~standard': { validate: () => { throw new Error('broken schema'); } } }; // prettier-ignore
    @Hub('/broken')
    class BrokenHub {
      @HubMethod()
      go(@Arg({ schema }) _value: unknown) {}
    }
    const peer = await peerOf(BrokenHub);
    expect(await peer.ask('go', 1)).toEqual({ type: 3, invocationId: 'ask-1', error: expect.stringContaining("invoking 'go'") });
    expect(log.takeErrors()).toEqual([expect.stringContaining('broken schema')]);
  });

  const { StandardSchemaValidationPipe } = nest as { StandardSchemaValidationPipe?: new () => PipeTransform };
  // Nest 11 has no such pipe.
  (nestMajor === 11 ? it.skip : it)('is applied once where Nest’s own pipe for schemas stands before', async () => {
    let count = 0;
    const schema = z.string().transform((text) => text + ++count);
    @Hub('/once')
    @UsePipes(StandardSchemaValidationPipe as Type<PipeTransform>)
    class OnceHub {
      @HubMethod()
      go(@Arg({ schema }) text: unknown) {
        return text;
      }
    }
    // oxlint-disable-next-line jest/no-standalone-expect
    expect(await (await peerOf(OnceHub)).ask('go', 'x')).toMatchObject({ result: 'x1' });
  });
});

describe('ValidationPipe', () => {
  class Order {
    @IsString()
    @MinLength(2)
    article!: string;

    @IsInt()
    @Min(1)
    amount!: number;

    get label(): string {
      return `${this.amount} × ${this.article}`;
    }
  }

  @Hub('/orders')
  class OrdersHub {
    @HubMethod()
    place(order: Order) {
      return [order instanceof Order, order.label, Object.keys(order)];
    }

    @HubMethod()
    two(first: Order, note: string, second: Order) {
      return [first.label, note, second.label];
    }

    @HubMethod()
    untouched(value: unknown, list: unknown[], text: string, caller: Record<string, unknown>) {
      return [value, list, text, caller];
    }
  }

  const validated = (options?: ConstructorParameters<typeof ValidationPipe>[0]): Promise<HubPeer> =>
    peerOf(OrdersHub, { provide: APP_PIPE, useValue: new ValidationPipe(options) });

  it('checks each argument whose type is a class with rules, and tells the caller all that is wrong', async () => {
    const peer = await validated();
    expect(await peer.ask('place', { article: 't', amount: 0 })).toMatchObject(
      failure('place', 'article must be longer than or equal to 2 characters; amount must not be less than 1'),
    );
    expect(await peer.ask('two', { article: 'tea', amount: 1 }, 'x', { article: 'tea', amount: 0 })).toMatchObject(
      failure('two', 'amount must not be less than 1'),
    );
  });

  it('makes instances of their classes with transform', async () => {
    const peer = await validated({ transform: true, whitelist: true });
    expect(await peer.ask('place', { article: 'tea', amount: 2, admin: true })).toMatchObject({
      result: [true, '2 × tea', ['article', 'amount']],
    });
  });

  it('leaves alone what has no class with rules', async () => {
    const peer = await validated({ transform: true });
    const values = [{ a: 1 }, [1, 'x'], 'text', { b: [2] }];
    expect(await peer.ask('untouched', ...values)).toMatchObject({ result: values });
  });

  it.each([null, 'text', 7, [], [[]]])('refuses %j for an object', async (value) => {
    const peer = await validated();
    expect(await peer.ask('place', value)).toHaveProperty('error');
  });

  it('is no way to the prototype of anything', async () => {
    const peer = await validated({ transform: true });
    peer.write(
      '{"type":1,"invocationId":"x","target":"place","arguments":[{"article":"tea","amount":1,"__proto__":{"admin":true}}]}\u001e',
    );
    expect(await peer.hear()).toMatchObject({ result: [true, '1 × tea', expect.not.arrayContaining(['admin'])] });
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('a parameter with a decorator', () => {
  const User = createParamDecorator(
    (name: string, context: ExecutionContext) =>
      (context.switchToWs().getClient<HubCallerContext<Record<string, unknown> | undefined>>().user ?? {})[name],
  );
  const Later = createParamDecorator(async (value: unknown) => value);
  const Broken = createParamDecorator((reason: string) => {
    throw new HubException(reason);
  });

  @Hub('/parameters')
  class ParametersHub implements OnConnected {
    welcomed: unknown[] = [];

    onConnected(@User('name', new Mark('own')) name: unknown, @Clients() clients: unknown, caller?: unknown) {
      this.welcomed = [name, clients instanceof HubCallerClients, caller instanceof HubCallerContext];
    }

    @HubMethod()
    mixed(@Caller() caller: HubCallerContext, a: number, @User('name') name: string, b: string, @Clients() clients: HubCallerClients) {
      return [caller instanceof HubCallerContext, a, name, b, clients instanceof HubCallerClients];
    }

    @HubMethod()
    nest(@ConnectedSocket() caller: HubCallerContext, @MessageBody() body: unknown, other: number) {
      return [caller instanceof HubCallerContext, body, other];
    }

    @HubMethod()
    body(@MessageBody('page', ParseIntPipe) page: number, @MessageBody(new ParseIntPipe()) size: number) {
      return [page, size];
    }

    @HubMethod()
    inherited(@MessageBody('constructor') value: unknown, @MessageBody('length') length: unknown) {
      return [value ?? 'nothing', length ?? 'nothing'];
    }

    @HubMethod()
    later(@Later('x') value: string, @Later(new Mark('own')) piped: string) {
      return [value, piped ?? 'nothing'];
    }

    @HubMethod()
    @UsePipes(new Mark('method'))
    piped(@User('name', new Mark('own')) name: string) {
      return name;
    }

    @HubMethod()
    broken(@Broken('no such thing') _value: unknown) {}
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await appOf([ParametersHub]), ParametersHub, { user: { name: 'ada' } });

  it('takes no argument, wherever it stands: those without one take the arguments in their order', async () => {
    const peer = await join();
    expect(await peer.ask('mixed', 1, 'x')).toMatchObject({ result: [true, 1, 'ada', 'x', true] });
    expect(await peer.ask('mixed', 1)).toMatchObject(binding('mixed'));
    expect(await peer.ask('mixed', 1, 'x', 2)).toMatchObject(binding('mixed'));
  });

  it('may be one of Nest’s for gateways: the caller, and an argument', async () => {
    const peer = await join();
    expect(await peer.ask('nest', { a: 1 }, 2)).toMatchObject({ result: [true, { a: 1 }, 2] });
  });

  it('may ask for a property of its argument, which passes the pipes', async () => {
    const peer = await join();
    expect(await peer.ask('body', { page: '3' }, '20')).toMatchObject({ result: [3, 20] });
    expect(await peer.ask('body', { page: 'x' }, '20')).toHaveProperty('error');
    expect(await peer.ask('body', null, '20')).toHaveProperty('error');
  });

  it('finds no property that its argument has inherited', async () => {
    expect(await (await join()).ask('inherited', {}, 7)).toMatchObject({ result: ['nothing', 'nothing'] });
  });

  it('may give a promise', async () => {
    expect(await (await join()).ask('later')).toMatchObject({ result: ['x', 'nothing'] });
  });

  it('passes the pipes of the method and its own, as something custom', async () => {
    const peer = await join();
    Mark.metadata = [];
    expect(await peer.ask('piped')).toMatchObject({ result: 'ada method own' });
    expect(Mark.metadata.map(({ type, data }) => [type, data])).toEqual([
      ['custom', 'name'],
      ['custom', 'name'],
    ]);
  });

  it('fails the call where its decorator throws', async () => {
    expect(await (await join()).ask('broken')).toMatchObject(failure('broken', 'no such thing'));
  });

  it('works in a hook as it does in a method, its pipes included', async () => {
    const app = await appOf([ParametersHub]);
    const peer = await HubPeer.join(app, ParametersHub, { user: { name: 'ada' } });
    await peer.hearsNothing();
    expect(app.get(ParametersHub).welcomed).toEqual(['ada own', true, true]);
  });

  it('keeps the application from starting where it means nothing on a hub', async () => {
    @Hub('/foreign')
    class ForeignHub {
      @HubMethod()
      go(@Headers('x') _value: unknown) {}
    }
    await expect(appOf([ForeignHub])).rejects.toThrow('Parameter 1 of ForeignHub.go has a decorator that means nothing on a hub.');
  });
});
