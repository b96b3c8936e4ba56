import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  ParseIntPipe,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentMetadata,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { Arg, Caller, Hub, HubCallerContext, HubMethod, UploadStream } from 'nestjs-signalr';
import { BehaviorSubject, firstValueFrom, map, Observable, reduce, Subject, toArray } from 'rxjs';
import { appOf } from '../support/app-of.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { failed, peerOf, unauthorized } from '../support/nest-calls.js';

const calling = (target: string, streamIds: string[], ...args: unknown[]): object => ({ ...invocation('1', target, ...args), streamIds });
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const done = (invocationId: string): object => ({ type: 3, invocationId });

/** An Observable of another copy of rxjs is one by its shape alone. */
const foreign = {
  Observable: class Observable {
    lift() {}
    subscribe() {}
  },
};

@Injectable()
class NotingPipe implements PipeTransform {
  readonly seen: unknown[] = [];

  transform(value: unknown, { metatype }: ArgumentMetadata) {
    this.seen.push([value, metatype]);
    return value;
  }
}

const noting = new NotingPipe();

@Hub('/surrounded')
@UsePipes(noting)
@UseInterceptors({ intercept: (_, next) => next.handle().pipe(map((value) => `<${String(value)}>`)) })
class SurroundedHub {
  @HubMethod()
  @UseGuards({ canActivate: (context: ExecutionContext) => context.switchToWs().getData<unknown[]>()[0] !== '0' })
  async times(values: Subject<number>, @Arg(ParseIntPipe) factor: number) {
    const numbers = await firstValueFrom(values.pipe(toArray()));
    return numbers.map((number) => factor * number).join();
  }

  @HubMethod()
  each(values: Observable<number>) {
    return values;
  }

  @HubMethod()
  late(@UploadStream() values: Observable<string>, ending = '.', ...rest: string[]) {
    return firstValueFrom(values.pipe(reduce((all, one) => all + one, ''))).then((all) => all + ending + rest.join(''));
  }
}

describe('an upload to a method with guards, pipes and interceptors around it', () => {
  it('passes no pipes, and its call passes all', async () => {
    const peer = await peerOf(SurroundedHub);
    peer.say(calling('times', ['s'], '2'), item('s', 1), item('s', 2), done('s'));
    expect(await peer.hear()).toMatchObject({ result: '<2,4>' });
    expect(noting.seen).toEqual([['2', Number]]);
    peer.say(calling('times', ['s'], '0'), item('s', 1));
    expect(await peer.hear()).toMatchObject(unauthorized('times'));
    peer.say(calling('times', ['s'], 'two'), item('s', 1));
    expect(await peer.hear()).toMatchObject(failed('times', 'Validation failed (numeric string is expected)'));
  });

  it('may be its answer', async () => {
    const peer = await peerOf(SurroundedHub);
    peer.say({ ...calling('each', ['s']), type: 4 }, item('s', 1));
    expect(await peer.hear()).toEqual(item('1', '<1>'));
    peer.say(done('s'));
    expect(await peer.hear()).toEqual(done('1'));
  });

  it('is no argument: others have their defaults, and the rest', async () => {
    const peer = await peerOf(SurroundedHub);
    peer.say(calling('late', ['s']), item('s', 'a'), done('s'));
    expect(await peer.hear()).toMatchObject({ result: '<a.>' });
    peer.say(calling('late', ['s'], '!', 'x', 'y'), item('s', 'a'), done('s'));
    expect(await peer.hear()).toMatchObject({ result: '<a!xy>' });
  });
});

async function bootErrorOf(hub: Type): Promise<string> {
  return appOf([hub]).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
}

describe('a parameter that is an upload', () => {
  it('may have a type of another copy of rxjs', async () => {
    @Hub('/foreign')
    class ForeignHub {
      @HubMethod()
      async sum(values: InstanceType<typeof foreign.Observable>) {
        return (await firstValueFrom((values as unknown as Observable<number>).pipe(toArray()))).length;
      }
    }
    Reflect.defineMetadata('design:paramtypes', [foreign.Observable], ForeignHub.prototype, 'sum');
    const peer = await HubPeer.join(await appOf([ForeignHub]), ForeignHub);
    peer.say(calling('sum', ['s']), item('s', 1), done('s'));
    expect(await peer.hear()).toMatchObject({ result: 1 });
  });

  it('is refused at boot where an upload cannot be what it says', async () => {
    @Hub('/behaviour')
    class BehaviourHub {
      @HubMethod()
      watch(values: BehaviorSubject<number>) {
        return values.value;
      }
    }
    expect(await bootErrorOf(BehaviourHub)).toBe(
      'Parameter 1 of BehaviourHub.watch is a BehaviorSubject. What a client sends can be handed over as a Subject, a ReplaySubject or an Observable, or, behind @UploadStream(), as an AsyncIterable: write one of these.',
    );
    @Hub('/number')
    class NumberHub {
      @HubMethod()
      watch(_: string, @UploadStream() values: number) {
        return values;
      }
    }
    expect(await bootErrorOf(NumberHub)).toContain('Parameter 2 of NumberHub.watch is a Number.');
  });

  it('is refused at boot with pipes, and on a hook', async () => {
    @Hub('/piped')
    class PipedHub {
      @HubMethod()
      watch(@Arg(ParseIntPipe) values: Subject<number>) {
        return values.observed;
      }
    }
    expect(await bootErrorOf(PipedHub)).toContain('Write no decorator before it, or @UploadStream().');
    @Hub('/hook')
    class HookHub {
      onConnected(_: HubCallerContext, @UploadStream() values: Observable<number>) {
        return values;
      }
    }
    expect(await bootErrorOf(HookHub)).toBe(
      'HookHub.onConnected is called by no client, so that there is no stream to hand over. Take the parameter out, or its @UploadStream().',
    );
    @Hub('/hook-by-type')
    class TypedHookHub {
      onConnected(@Caller() _: HubCallerContext, values: Observable<number>) {
        return values;
      }
    }
    expect(await bootErrorOf(TypedHookHub)).toContain('TypedHookHub.onConnected is called by no client');
  });

  it('is refused at boot as a ReadableStream, and as all that is left', async () => {
    @Hub('/readable')
    class ReadableHub {
      @HubMethod()
      watch(values: ReadableStream<number>) {
        return values.locked;
      }
    }
    expect(await bootErrorOf(ReadableHub)).toContain('Parameter 1 of ReadableHub.watch is a ReadableStream. What a client sends');
    @Hub('/rest')
    class RestHub {
      @HubMethod()
      watch(_: string, @UploadStream() ...values: UploadStream<number>[]) {
        return values.length;
      }
    }
    expect(await bootErrorOf(RestHub)).toBe(
      'Parameter 2 of RestHub.watch is a rest parameter, which cannot take uploads. Write one parameter for each of them.',
    );
  });
});

describe('a decorator before a parameter', () => {
  it('is refused beside another one', () => {
    const decorate = (): unknown => {
      class TwiceHub {
        watch(@Caller() @UploadStream() values: unknown) {
          return values;
        }
      }
      return TwiceHub;
    };
    expect(decorate).toThrow('Parameter 1 of TwiceHub.watch has two decorators that say what it is given. Keep one of them.');
  });

  it('is refused on a method that nothing calls', async () => {
    @Hub('/forgotten')
    class ForgottenHub {
      store(@UploadStream() values: UploadStream<number>) {
        return values;
      }
    }
    expect(await bootErrorOf(ForgottenHub)).toBe(
      'ForgottenHub.store has decorators before its parameters, but no client can call it. Write @HubMethod() above it, or take them out.',
    );
  });
});
