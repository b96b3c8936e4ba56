import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Catch,
  ForbiddenException,
  HttpException,
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type ExceptionFilter,
  type Type,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Hub, HubException, HubMethod, type HubCallerContext, type OnConnected, type OnDisconnected } from 'nestjs-signalr';
import { of, throwError } from 'rxjs';
import { appFrom, appOf, log, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { peerOf } from '../../support/nest-calls.js';

class Flood extends Error {}
class Fire extends Error {}

/** What was caught, and by whom. */
let caught: string[] = [];

/** A filter for errors of some classes; `answer` is what it returns. */
function filter(name: string, answer: (error: Error, host: ArgumentsHost) => unknown, ...types: Type[]): ExceptionFilter {
  @Catch(...types)
  class TestFilter implements ExceptionFilter<Error> {
    catch(error: Error, host: ArgumentsHost): unknown {
      caught.push(`${name} ${error?.message}`);
      return answer(error, host);
    }
  }
  return new TestFilter();
}

const answering = (name: string, ...types: Type[]): ExceptionFilter => filter(name, () => name, ...types);

beforeEach(() => {
  caught = [];
});

const INVOKING = "An unexpected error occurred invoking 'go' on the server.";

/** A hub whose method fails and has one filter. */
function failingHub(answer: (error: Error, host: ArgumentsHost) => unknown, error: () => unknown = () => new Error('the flood')): Type {
  @Hub('/failing')
  class FailingHub {
    @HubMethod()
    @UseFilters(filter('own', answer))
    async go(..._values: unknown[]) {
      throw error();
    }

    @HubMethod()
    alive() {
      return 'alive';
    }
  }
  return FailingHub;
}

describe('what a filter returns', () => {
  it.each<[string, () => unknown, unknown]>([
    ['a value', () => ({ saved: true }), { saved: true }],
    ['a promise', async () => 'later', 'later'],
    ['an Observable', () => of('first', 'last'), 'last'],
    ['a promise of an Observable', async () => of(1), 1],
    ['null', () => null, null],
    ['nothing', () => undefined, null],
    ['a promise of nothing', async () => undefined, null],
  ])('answers the call: %s', async (_, answer, result) => {
    const peer = await peerOf(failingHub(answer));
    expect(await peer.ask('go')).toEqual({ type: 3, invocationId: 'ask-1', result });
    expect(caught).toEqual(['own the flood']);
  });

  it('answers nobody where nobody asked', async () => {
    const peer = await peerOf(failingHub(() => 'saved'));
    peer.say({ type: 1, target: 'go', arguments: [] });
    expect(await peer.hearsNothing()).toBe(true);
    expect(caught).toEqual(['own the flood']);
  });
});

describe('what a filter throws', () => {
  it.each<[string, () => unknown]>([
    ['at once', () => { throw new HubException('Out of reach.'); }], // prettier-ignore
    ['as a promise', () => Promise.reject(new HubException('Out of reach.'))],
    ['as an Observable', () => throwError(() => new HubException('Out of reach.'))],
  ])('is the error of the call: %s', async (_, answer) => {
    const peer = await peerOf(failingHub(answer));
    expect(await peer.ask('go')).toEqual({ type: 3, invocationId: 'ask-1', error: `${INVOKING} HubException: Out of reach.` });
  });

  it('is told as any other error, and logged: the error itself, thrown again', async () => {
    const peer = await peerOf(
      failingHub((error) => {
        throw error;
      }),
    );
    expect(await peer.ask('go')).toMatchObject({ error: INVOKING });
    expect(log.takeErrors()).toEqual(["FailingHub: invoking 'go' failed: the flood"]);
  });

  it('is offered to no other filter', async () => {
    @Hub('/twice')
    @UseFilters(answering('class'))
    class TwiceHub {
      @HubMethod()
      @UseFilters(
        filter('method', () => {
          throw new HubException('again');
        }),
      )
      go() {
        throw new Flood('flood');
      }
    }
    const peer = await peerOf(TwiceHub);
    expect(await peer.ask('go')).toMatchObject({ error: `${INVOKING} HubException: again` });
    expect(caught).toEqual(['method flood']);
  });

  it('is an error of the server where a filter for HTTP looks for a response: it has to look at the type of its host', async () => {
    const http = (_: Error, host: ArgumentsHost): unknown =>
      host.getType() === 'http' ? undefined : host.switchToHttp().getResponse<{ status(code: number): unknown }>().status(500);
    const peer = await peerOf(failingHub(http));
    expect(await peer.ask('go')).toMatchObject({ error: INVOKING });
    expect(log.takeErrors()).toHaveLength(1);
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
  });
});

describe('filters', () => {
  @Hub('/order')
  @UseFilters(answering('class flood', Flood), answering('class any', Error))
  class OrderHub {
    error: unknown = new Error('error');

    @HubMethod()
    @UseFilters(answering('method fire', Fire), answering('method flood', Flood, Fire))
    async method() {
      throw this.error;
    }

    @HubMethod()
    plain() {
      throw this.error;
    }
  }

  const ask = async (method: string, error: unknown, ...providers: object[]): Promise<unknown> => {
    const app = await appFrom({ ...moduleOf([]), providers: [OrderHub, ...(providers as never[])] });
    app.get(OrderHub).error = error;
    const { result, error: text } = await (await HubPeer.join(app, OrderHub)).ask(method);
    return result ?? text;
  };

  it.each<[string, Error, string]>([
    ['method', new Flood('x'), 'method flood'],
    ['method', new Fire('x'), 'method flood'],
    ['method', new Error('x'), 'class any'],
    ['plain', new Flood('x'), 'class any'],
  ])('of a method come before those of its class, the last one first: %s, %p', async (method, error, by) => {
    expect(await ask(method, error, { provide: APP_FILTER, useValue: answering('app') })).toBe(by);
  });

  it('F11: of the whole application come last', async () => {
    expect(await ask('method', 'only a text', { provide: APP_FILTER, useValue: answering('app') })).toBe('app');
  });

  it('that name no class take everything, also what is no error', async () => {
    const peer = await peerOf(failingHub(() => 'saved', () => null)); // prettier-ignore
    expect(await peer.ask('go')).toMatchObject({ result: 'saved' });
  });

  it('are not asked about errors of other classes, which reach the caller as they are', async () => {
    expect(await ask('method', 'only a text')).toBe("An unexpected error occurred invoking 'method' on the server.");
    expect(log.takeErrors()).toEqual([expect.stringContaining('only a text')]);
  });

  it('of the whole application are left out with globalEnhancers: false', async () => {
    @Hub('/none')
    class NoneHub {
      @HubMethod()
      go() {
        throw new HubException('as it is');
      }
    }
    const app = await appFrom({
      ...moduleOf([], { globalEnhancers: false }),
      providers: [NoneHub, { provide: APP_FILTER, useValue: answering('app') }],
    });
    expect(await (await HubPeer.join(app, NoneHub)).ask('go')).toMatchObject({ error: `${INVOKING} HubException: as it is` });
  });

  it('are injected when they are given by their class', async () => {
    @Injectable()
    class Rescue {
      readonly words = 'rescued';
    }
    @Catch(Flood)
    class RescueFilter implements ExceptionFilter {
      constructor(private readonly rescue: Rescue) {}

      catch(): string {
        return this.rescue.words;
      }
    }
    @Hub('/injected')
    @UseFilters(RescueFilter)
    class InjectedHub {
      @HubMethod()
      go() {
        throw new Flood();
      }
    }
    expect(await (await peerOf(InjectedHub, Rescue)).ask('go')).toMatchObject({ result: 'rescued' });
  });

  it.each<[string, MethodDecorator]>([
    ['a guard that says no', UseGuards({ canActivate: () => false })],
    ['a guard that throws', UseGuards({ canActivate: () => { throw new ForbiddenException(); } })], // prettier-ignore
    ['a pipe', UsePipes({ transform: () => { throw new BadRequestException(); } })], // prettier-ignore
    ['an interceptor', UseInterceptors({ intercept: () => throwError(() => new BadRequestException()) })],
  ])('catch what comes from %s', async (_, decorate) => {
    @Hub('/around')
    @UseFilters(filter('own', (error) => (error as HttpException).getStatus(), HttpException))
    class AroundHub {
      go(value: unknown) {
        caught.push(`method ${String(value)}`);
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(AroundHub.prototype, 'go') as PropertyDescriptor;
    HubMethod()(AroundHub.prototype, 'go', descriptor);
    Reflect.defineMetadata('design:paramtypes', [Object], AroundHub.prototype, 'go');
    decorate(AroundHub.prototype, 'go', descriptor);
    expect([400, 403]).toContain((await (await peerOf(AroundHub)).ask('go', 1))['result']);
  });

  it('see nothing of a method that does not exist, nor of arguments that do not fit', async () => {
    const hub = failingHub(() => 'saved');
    const peer = await peerOf(hub, { provide: APP_FILTER, useValue: answering('app') });
    expect(await peer.ask('nothing')).toHaveProperty('error');
    expect(await peer.ask('alive', 1, 2, 3)).toHaveProperty('error');
    expect(caught).toEqual([]);
  });

  it('see who called what', async () => {
    const peer = await peerOf(
      failingHub((_, host) => {
        const ws = host.switchToWs();
        return [host.getType(), ws.getClient<HubCallerContext>().userIdentifier ?? 'nobody', ws.getPattern(), ws.getData()];
      }),
    );
    expect(await peer.ask('GO', 1)).toMatchObject({ result: ['ws', 'nobody', 'GO', [1]] });
  });
});

describe('the filters of a hub’s hooks', () => {
  @Hub('/hooks')
  @UseFilters(answering('class', Flood))
  class HooksHub implements OnConnected, OnDisconnected {
    onConnected(caller: HubCallerContext) {
      throw caller.userIdentifier === 'ada' ? new Flood('coming') : new HubException('Nobody may come.');
    }

    onDisconnected() {
      throw new Flood('going');
    }

    @HubMethod()
    alive() {
      return 'alive';
    }
  }

  it('let a connection in when they have caught what onConnected threw', async () => {
    const app = await appOf([HooksHub]);
    caught = [];
    const peer = await HubPeer.join(app, HooksHub, { user: { id: 'ada' } });
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
    await peer.hangUp();
    expect(caught).toEqual(['class coming', 'class going']);
  });

  it('leave it refused when they have not', async () => {
    const app = await appOf([HooksHub]);
    const peer = await HubPeer.join(app, HooksHub);
    await peer.ended;
    expect(peer.heard.at(-1)).toEqual({ type: 7, error: 'Connection closed with an error. HubException: Nobody may come.' });
  });
});
