import { describe, expect, it } from '@jest/globals';
import { ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { IsInt, IsString, Min, MinLength } from 'class-validator';
import { Hub, HubMethod } from 'nestjs-signalr';
import { HubPeer } from '../../support/hub-peer.js';
import { failed, peerOf } from '../../support/nest-calls.js';

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
      failed('place', 'article must be longer than or equal to 2 characters; amount must not be less than 1'),
    );
    expect(await peer.ask('two', { article: 'tea', amount: 1 }, 'x', { article: 'tea', amount: 0 })).toMatchObject(
      failed('two', 'amount must not be less than 1'),
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

  it('D05: is no way to the prototype of anything', async () => {
    const peer = await validated({ transform: true });
    peer.write(
      '{"type":1,"invocationId":"x","target":"place","arguments":[{"article":"tea","amount":1,"__proto__":{"admin":true}}]}\u001e',
    );
    expect(await peer.hear()).toMatchObject({ result: [true, '1 × tea', expect.not.arrayContaining(['admin'])] });
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});
