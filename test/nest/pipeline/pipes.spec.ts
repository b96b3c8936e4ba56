import { describe, expect, it } from '@jest/globals';
import { DefaultValuePipe, Injectable, ParseArrayPipe, ParseIntPipe, UsePipes, type PipeTransform } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { MessageBody } from '@nestjs/websockets';
import { Arg, Hub, HubException, HubMethod } from 'nestjs-signalr';
import { z } from 'zod';
import { appFrom, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { failed, peerOf, unbound } from '../../support/nest-calls.js';
import { Mark } from '../../support/nest-mark.js';

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

  it('F11: transform every argument, in the order application, class, method, parameter', async () => {
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
    Mark.metadata = [];
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
      expect(await peer.ask(method, 'coffee')).toMatchObject(failed(method, 'There is no coffee.'));
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
    expect(await peer.ask('go', 1, 2, 3)).toMatchObject(failed('go', 'second'));
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
    expect(await peer.ask('page', 'x')).toMatchObject(failed('page', 'Validation failed (numeric string is expected)'));
    expect(await peer.ask('wrong', 1)).toMatchObject(unbound('wrong'));
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
