import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { Hub, HubException, HubMethod } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { finalize, interval, merge, Observable, of, repeat, retry, startWith, Subject, type MonoTypeOperatorFunction } from 'rxjs';
import { appOf, log } from '../../support/app-of.js';
import { nextTurn, turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer, invocation } from '../../support/hub-peer.js';

const streaming = (invocationId: string, target: string): object => ({ type: 4, invocationId, target, arguments: [] });
const cancel = (invocationId: string): object => ({ type: 5, invocationId });
const item = (invocationId: string, value: unknown): object => ({ type: 2, invocationId, item: value });
const done = (invocationId: string): object => ({ type: 3, invocationId });

const piped = (operator: MonoTypeOperatorFunction<unknown>): NestInterceptor => ({
  intercept: (_, next: CallHandler) => next.handle().pipe(operator),
});

const throwing = piped(
  finalize(() => {
    throw new Error('finalizer');
  }),
);

const patience = new Subject<never>();

let open = 0;

/** Does something of its own all the time, as one that measures or prolongs a lock. */
const counting: NestInterceptor = {
  intercept(_, next) {
    open++;
    return merge(next.handle(), interval(1_000)).pipe(finalize(() => open--));
  },
};

@Hub('/ends')
class EndsHub {
  readonly gate = new Gate();
  readonly numbers = new Subject<number>();
  readonly file = new Readable({ read: () => undefined });
  runs = 0;

  @HubMethod()
  @UseInterceptors(throwing)
  value() {
    return 1;
  }

  @HubMethod()
  @UseInterceptors(throwing)
  async fails() {
    throw new Error('method');
  }

  @HubMethod()
  @UseInterceptors(throwing)
  async *generator() {
    yield 1;
  }

  @HubMethod()
  @UseInterceptors(throwing, throwing)
  observable() {
    return this.numbers;
  }

  @HubMethod()
  @UseInterceptors(piped((source) => source))
  careless() {
    return this.numbers.pipe(
      finalize(() => {
        throw new Error('source');
      }),
    );
  }

  @HubMethod()
  @UseInterceptors(piped((source) => source))
  noReturn() {
    let count = 0;
    const end = (): never => {
      throw new Error('return');
    };
    return { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: ++count }), return: end }) };
  }

  @HubMethod()
  @UseInterceptors(piped(retry(2)))
  async *tried() {
    yield ++this.runs;
    if (this.runs < 3) throw new Error('again');
  }

  @HubMethod()
  @UseInterceptors(piped(repeat(2)))
  repeated() {
    return of(++this.runs);
  }

  @HubMethod()
  @UseInterceptors(piped(startWith<unknown>('a', 'b')))
  begun() {
    return of('c');
  }

  @HubMethod()
  @UseInterceptors(counting)
  held() {
    return this.numbers;
  }

  @HubMethod()
  @UseInterceptors(counting)
  async *heldGenerator() {
    yield 1;
  }

  @HubMethod()
  @UseInterceptors(counting)
  async late() {
    await this.gate.pass();
    return new Observable(() => () => void this.runs++);
  }

  @HubMethod()
  @UseInterceptors(piped((source) => merge(source, patience)))
  async overtaken() {
    await this.gate.pass();
    return this.file;
  }

  @HubMethod()
  @UseInterceptors(piped((source) => source))
  async *stubborn() {
    this.runs++;
    await this.gate.pass();
    yield 1;
  }
}

async function joined(options?: Parameters<typeof appOf>[1]): Promise<{ hub: EndsHub; peer: HubPeer }> {
  open = 0;
  const app = await appOf([EndsHub], options);
  return { hub: app.get(EndsHub), peer: await HubPeer.join(app, EndsHub) };
}

async function heard(peer: HubPeer, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  while (messages.length < count) messages.push(await peer.hear());
  return messages;
}

describe('an interceptor that throws when it is let go of', () => {
  it.each([
    ['value', { result: 1 }, 1],
    ['fails', { error: expect.any(String) }, 2],
  ])('is reported, and the call has its answer: %s', async (method, answer, errors) => {
    const clock = new FakeClock();
    const { peer } = await joined({ clock });
    expect(await peer.ask(method)).toMatchObject(answer);
    await clock.advance(1_000);
    expect(await peer.ask('value')).toMatchObject({ result: 1 });
    const said = log.takeErrors();
    expect(said).toHaveLength(errors + 1);
    expect(said[0]).toContain(`leaving the interceptors of '${method}' failed`);
  });

  it('is reported, and the stream has its end', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'generator'));
    expect(await heard(peer, 2)).toEqual([item('s', 1), done('s')]);
    peer.say(streaming('s', 'observable'));
    while (!hub.numbers.observed) await nextTurn();
    hub.numbers.next(1);
    hub.numbers.complete();
    expect(await heard(peer, 2)).toEqual([item('s', 1), done('s')]);
    expect(log.takeErrors()).toEqual(['generator', 'observable'].map((method) => expect.stringContaining(`of '${method}'`)));
  });

  it('is reported when the client cancels', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'observable'));
    while (!hub.numbers.observed) await nextTurn();
    peer.say(cancel('s'));
    expect(await peer.hear()).toEqual(done('s'));
    expect(hub.numbers.observed).toBe(false);
    expect(log.takeErrors()).not.toEqual([]);
  });
});

describe('a source inside interceptors', () => {
  it('that throws when it is let go of is reported, and the stream has its end', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'careless'));
    while (!hub.numbers.observed) await nextTurn();
    hub.numbers.complete();
    expect(await peer.hear()).toEqual(done('s'));
    expect(log.takeErrors()).toHaveLength(1);
  });

  it('that throws at its return() is reported, and the stream has its end', async () => {
    const { peer } = await joined();
    peer.say(streaming('s', 'noReturn'));
    await peer.hear();
    peer.say(cancel('s'));
    for (let message = await peer.hear(); message['type'] !== 3;) message = await peer.hear();
    expect(peer.heard.at(-1)).toEqual(done('s'));
    expect(log.takeErrors()).toEqual(["EndsHub: leaving the stream of 'noReturn' failed: return"]);
  });

  it('counts as a stream that runs until it has really stopped', async () => {
    const { hub, peer } = await joined({ limits: { streamsPerConnection: 1 } });
    peer.say(streaming('1', 'stubborn'));
    await hub.gate.reached;
    peer.say(cancel('1'), streaming('2', 'stubborn'));
    expect(await heard(peer, 2)).toMatchObject([done('1'), { error: expect.stringContaining('running on this connection') }]);
    expect(hub.runs).toBe(1);
    hub.gate.open();
    await turns(5);
    peer.say(streaming('3', 'stubborn'));
    expect(await heard(peer, 2)).toEqual([item('3', 1), done('3')]);
  });
});

describe('an interceptor that subscribes again', () => {
  it('retries a stream', async () => {
    const { peer } = await joined();
    peer.say(streaming('s', 'tried'));
    expect(await heard(peer, 4)).toEqual([item('s', 1), item('s', 2), item('s', 3), done('s')]);
  });

  it('repeats a stream', async () => {
    const { peer } = await joined();
    peer.say(streaming('s', 'repeated'));
    expect(await heard(peer, 3)).toEqual([item('s', 1), item('s', 2), done('s')]);
  });

  it('may say several items before those of the stream', async () => {
    const { peer } = await joined();
    peer.say(streaming('s', 'begun'));
    expect(await heard(peer, 4)).toEqual([item('s', 'a'), item('s', 'b'), item('s', 'c'), done('s')]);
  });
});

describe('an interceptor around a stream that is not sent', () => {
  it.each(['held', 'heldGenerator'])('is let go of when the client calls plainly: %s', async (method) => {
    const { hub, peer } = await joined();
    for (let call = 0; call < 10; call++) expect(await peer.ask(method)).toMatchObject({ error: expect.stringContaining('streaming') });
    expect(open).toBe(0);
    expect(hub.numbers.observed).toBe(false);
  });

  it('that comes too late lets go of the stream', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'overtaken'));
    await hub.gate.reached;
    patience.error(new HubException('Too late.'));
    expect(await peer.hear()).toMatchObject({ error: expect.stringContaining('Too late.') });
    expect(hub.file.destroyed).toBe(false);
    hub.gate.open();
    await turns(3);
    expect(hub.file.destroyed).toBe(true);
  });

  it('is let go of when the client has cancelled before the stream came', async () => {
    const { hub, peer } = await joined();
    peer.say(streaming('s', 'late'));
    await hub.gate.reached;
    peer.say(cancel('s'), invocation('fence', 'noSuchMethod'));
    await turns(3);
    hub.gate.open();
    expect(await heard(peer, 2)).toMatchObject([done('s'), { invocationId: 'fence' }]);
    expect([open, hub.runs]).toEqual([0, 0]);
  });
});
