import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Injectable,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude } from 'class-transformer';
import { Hub, HubException, HubMethod, type OnConnected, type OnDisconnected } from 'nestjs-signalr';
import { catchError, concat, EMPTY, map, NEVER, of, retry, tap, timeout, type Observable } from 'rxjs';
import { appFrom, appOf, log, moduleOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { peerOf } from '../../support/nest-calls.js';

/** What happened, in order. */
let trail: string[] = [];

const around = (name: string): NestInterceptor => ({
  intercept: (_, next) => {
    trail.push(`${name} in`);
    return next.handle().pipe(tap(() => trail.push(`${name} out`)));
  },
});

/** An interceptor made of what it does with the answer. */
const through = (pipe: (answer: Observable<unknown>, context: ExecutionContext) => unknown): NestInterceptor => ({
  intercept: (context, next) => pipe(next.handle(), context) as Observable<unknown>,
});

@Injectable()
class Factor {
  readonly value = 10;
}

@Injectable()
class TimesInterceptor implements NestInterceptor {
  constructor(private readonly factor: Factor) {}

  intercept(_: ExecutionContext, next: CallHandler<number>): Observable<number> {
    return next.handle().pipe(map((value) => value * this.factor.value));
  }
}

beforeEach(() => {
  trail = [];
});

describe('interceptors', () => {
  @Hub('/order')
  @UseInterceptors(around('class'))
  class OrderHub implements OnConnected, OnDisconnected {
    onConnected() {
      trail.push('onConnected');
    }

    @UseInterceptors(around('hook'))
    onDisconnected() {
      trail.push('onDisconnected');
    }

    @HubMethod()
    @UseGuards({ canActivate: () => trail.push('guard') > 0 })
    @UseInterceptors(around('method 1'), around('method 2'))
    @UsePipes({ transform: () => trail.push('pipe') })
    async go(_value: unknown) {
      trail.push('method');
    }
  }

  it('F11: stand around a call: application, class, method; inside the guards, outside the pipes', async () => {
    const peer = await peerOf(OrderHub, { provide: APP_INTERCEPTOR, useValue: around('app') });
    await peer.hearsNothing();
    trail = [];
    expect(await peer.ask('go', 1)).toMatchObject({ result: null });
    expect(trail).toEqual([
      'guard',
      'app in',
      'class in',
      'method 1 in',
      'method 2 in',
      'pipe',
      'method',
      'method 2 out',
      'method 1 out',
      'class out',
      'app out',
    ]);
  });

  it('F11: stand around the hooks of a connection', async () => {
    const peer = await peerOf(OrderHub);
    await peer.hearsNothing();
    expect(trail).toEqual(['class in', 'onConnected', 'class out']);
    trail = [];
    await peer.hangUp();
    expect(trail).toEqual(['class in', 'hook in', 'onDisconnected', 'hook out', 'class out']);
  });

  it.each<[string, NestInterceptor]>([
    ['leave the hook out', { intercept: () => EMPTY }],
    ['swallow what it throws', through((answer) => answer.pipe(catchError(() => EMPTY)))],
  ])('may %s, and let in whoever onConnected would have refused', async (_, interceptor) => {
    @Hub('/refusing')
    class RefusingHub implements OnConnected {
      @UseInterceptors(interceptor)
      onConnected() {
        throw new HubException('Nobody may come.');
      }

      @HubMethod()
      alive() {
        return 'alive';
      }
    }
    expect(await (await peerOf(RefusingHub)).ask('alive')).toMatchObject({ result: 'alive' });
  });

  it('of the whole application are left out with globalEnhancers: false', async () => {
    const app = await appFrom({
      ...moduleOf([], { globalEnhancers: false }),
      providers: [OrderHub, { provide: APP_INTERCEPTOR, useValue: around('app') }],
    });
    const peer = await HubPeer.join(app, OrderHub);
    await peer.hearsNothing();
    trail = [];
    await peer.ask('go', 1);
    expect(trail.slice(0, 2)).toEqual(['guard', 'class in']);
  });

  it('are injected when they are given by their class', async () => {
    @Hub('/injected')
    class InjectedHub {
      @HubMethod()
      @UseInterceptors(TimesInterceptor)
      add(a: number, b: number) {
        return a + b;
      }
    }
    expect(await (await peerOf(InjectedHub, Factor)).ask('add', 1, 2)).toMatchObject({ result: 30 });
  });

  it('keep the context of AsyncLocalStorage for the method', async () => {
    const storage = new AsyncLocalStorage<string>();
    const entering: NestInterceptor = { intercept: (_, next) => storage.run('inside', () => next.handle()) };
    @Hub('/storage')
    class StorageHub {
      @HubMethod()
      @UseInterceptors(entering, around('inner'))
      async read() {
        await Promise.resolve();
        return storage.getStore() ?? 'outside';
      }
    }
    expect(await (await peerOf(StorageHub)).ask('read')).toMatchObject({ result: 'inside' });
  });

  it('may be Nest’s own serializer', async () => {
    class User {
      name = 'Ada';

      @Exclude()
      password = 'secret';
    }
    @Hub('/serialized')
    class SerializedHub {
      @HubMethod()
      user() {
        return new User();
      }
    }
    const peer = await peerOf(SerializedHub, { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor });
    expect((await peer.ask('user'))['result']).toEqual({ name: 'Ada' });
  });
});

describe('what an interceptor may do with the answer', () => {
  let attempts = 0;

  @Hub('/answer')
  class AnswerHub {
    @HubMethod()
    @UseInterceptors(through((answer) => answer.pipe(map((value) => ({ value })))))
    wrap() {
      return 1;
    }

    @HubMethod()
    @UseInterceptors(through(() => of('cached')))
    cache() {
      trail.push('method');
    }

    @HubMethod()
    @UseInterceptors(through((answer) => answer.pipe(catchError((error: Error) => of(`saved from: ${error.message}`)))))
    save() {
      throw new Error('the flood');
    }

    @HubMethod()
    @UseInterceptors(through((answer) => answer.pipe(catchError(() => { throw new HubException('Changed.'); }))))
    change() {
      throw new Error('the flood');
    }

    @HubMethod()
    @UseInterceptors(through((answer) => answer.pipe(retry(2))))
    again() {
      attempts++;
      if (attempts < 3) throw new Error('not yet');
      return attempts;
    }

    @HubMethod()
    @UseInterceptors(through((answer) => concat(of('first'), answer, of('last'))))
    several() {
      return 'middle';
    }

    @HubMethod()
    @UseInterceptors(through(() => EMPTY))
    nothing() {}

    @HubMethod()
    @UseInterceptors(through(() => NEVER.pipe(timeout(1))))
    late() {}

    @HubMethod()
    @UseInterceptors({ intercept: async (_, next) => next.handle() })
    promised() {
      return 'promised';
    }

    @HubMethod()
    @UseInterceptors(around('outer'))
    *numbers() {
      yield 1;
    }
  } // prettier-ignore

  it.each<[string, string, unknown]>([
    ['change it', 'wrap', { value: 1 }],
    ['give another, and leave the method alone', 'cache', 'cached'],
    ['make one of an error', 'save', 'saved from: the flood'],
    ['let the method run again', 'again', 3],
    ['make several of it: the last one counts', 'several', 'last'],
    ['make none of it, which is null', 'nothing', null],
    ['be slow to say what it does', 'promised', 'promised'],
  ])('%s', async (_, method, result) => {
    const peer = await peerOf(AnswerHub);
    attempts = 0;
    expect(await peer.ask(method)).toMatchObject({ result });
    expect(trail).toEqual([]);
  });

  it('change an error', async () => {
    expect(await (await peerOf(AnswerHub)).ask('change')).toMatchObject({ error: expect.stringContaining('HubException: Changed.') });
  });

  it('give up waiting', async () => {
    expect(await (await peerOf(AnswerHub)).ask('late')).toHaveProperty('error');
    expect(log.takeErrors()).toEqual([expect.stringContaining('Timeout has occurred')]);
  });

  it('not make a value of a stream: whether it is one says the method', async () => {
    @Hub('/stream')
    class StreamHub {
      @HubMethod()
      @UseInterceptors(around('outer'))
      async *numbers() {
        yield 1;
      }
    }
    const app = await appOf([StreamHub]);
    expect(await (await HubPeer.join(app, StreamHub)).ask('numbers')).toMatchObject({
      error: "The client attempted to invoke the streaming 'numbers' method with a non-streaming invocation.",
    });
  });
});
