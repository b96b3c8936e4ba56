import { describe, expect, it } from '@jest/globals';
import { UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { Hub, HubMethod, Signal } from 'nestjs-signalr';
import { concatWith, finalize, map, of, startWith, Subject, throwError } from 'rxjs';
import { appOf, log } from '../../support/app-of.js';
import { nextTurn, turns } from '../../support/changes.js';
import { invocation, HubPeer } from '../../support/hub-peer.js';

const streaming = (invocationId: string, target: string): object => ({ type: 4, invocationId, target, arguments: [] });

const trail: string[] = [];
const source = new Subject<number>();

const doubling: NestInterceptor<number, unknown> = {
  intercept(_, next: CallHandler<number>) {
    const ended = finalize(() => void trail.push('interceptor'));
    return next.handle().pipe(
      map((value) => (typeof value === 'number' ? 2 * value : value)),
      ended,
    );
  },
};

@Hub('/intercepted')
@UseInterceptors(doubling)
class InterceptedHub {
  asked = 0;

  @HubMethod()
  observable() {
    return of(1, 2);
  }

  @HubMethod()
  async *generator() {
    yield 1;
    yield 2;
  }

  @HubMethod()
  async later() {
    await nextTurn();
    return this.generator();
  }

  @HubMethod()
  @UseInterceptors({ intercept: (_, next) => next.handle().pipe(startWith(0), concatWith(of(9))) })
  around() {
    return of(1);
  }

  @HubMethod()
  value() {
    return 21;
  }

  @HubMethod()
  open() {
    return source.pipe(finalize(() => void trail.push('source')));
  }

  @HubMethod()
  async *endless(@Signal() signal: AbortSignal) {
    try {
      for (; !signal.aborted; this.asked++) yield 'x'.repeat(10_000);
    } finally {
      trail.push('source');
    }
  }

  @HubMethod()
  @UseInterceptors({ intercept: () => throwError(() => new Error('no')) })
  refused() {
    return of(1);
  }

  @HubMethod()
  async *fails() {
    yield 1;
    throw new Error('secret');
  }
}

async function join(): Promise<{ hub: InterceptedHub; peer: HubPeer }> {
  trail.length = 0;
  const app = await appOf([InterceptedHub]);
  return { hub: app.get(InterceptedHub), peer: await HubPeer.join(app, InterceptedHub) };
}

/** The items of a stream, and its completion. */
async function streamed(peer: HubPeer, method: string): Promise<unknown[]> {
  peer.say(streaming('s', method));
  const messages: unknown[] = [];
  for (let message = await peer.hear(); ; message = await peer.hear()) {
    if (message['type'] === 3) return [...messages, message['error'] ?? 'done'];
    messages.push(message['item']);
  }
}

describe('an interceptor around a method that returns a stream', () => {
  it.each(['observable', 'generator', 'later'])('sees every item: %s', async (method) => {
    const { peer } = await join();
    expect(await streamed(peer, method)).toEqual([2, 4, 'done']);
  });

  it('may add items before and after', async () => {
    const { peer } = await join();
    expect(await streamed(peer, 'around')).toEqual([0, 2, 18, 'done']);
  });

  it('leaves it to the method whether there is a stream', async () => {
    const { peer } = await join();
    expect(await streamed(peer, 'value')).toEqual([expect.stringContaining('attempted to invoke the non-streaming')]);
    expect(await peer.ask('value')).toMatchObject({ result: 42 });
    expect(await peer.ask('open')).toMatchObject({ error: expect.stringContaining('attempted to invoke the streaming') });
    expect(trail).not.toContain('source');
  });

  it('lets go of its source when the client cancels', async () => {
    const { peer } = await join();
    peer.say(streaming('s', 'open'));
    while (!source.observed) await nextTurn();
    source.next(1);
    expect(await peer.hear()).toMatchObject({ item: 2 });
    peer.say({ type: 5, invocationId: 's' });
    expect(await peer.hear()).toEqual({ type: 3, invocationId: 's' });
    expect(trail.sort()).toEqual(['interceptor', 'source']);
  });

  it('is asked for no more than the client reads', async () => {
    const { hub, peer } = await join();
    peer.stream.pause();
    peer.say(streaming('s', 'endless'));
    let asked = -1;
    while (hub.asked !== asked || asked < 1) {
      ({ asked } = hub);
      await turns(5);
    }
    expect(asked).toBeLessThan(20);
    peer.theirs.destroy();
    while (!trail.includes('source')) await nextTurn();
  });

  it('may fail before the method, and with the stream', async () => {
    const { peer } = await join();
    expect(await streamed(peer, 'refused')).toEqual(["An unexpected error occurred invoking 'refused' on the server."]);
    expect(await streamed(peer, 'fails')).toEqual([2, 'An error occurred on the server while streaming results.']);
    peer.say(invocation('1', 'value'));
    expect(await peer.hear()).toMatchObject({ result: 42 });
    expect(log.takeErrors()).toHaveLength(2);
  });
});
