import { describe, expect, it } from '@jest/globals';
import { ParseIntPipe, UseFilters, UseGuards, UseInterceptors, UsePipes, ValidationPipe, type CallHandler } from '@nestjs/common';
import { Ack, BaseWsExceptionFilter, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { IsInt } from 'class-validator';
import { GatewayClient } from 'nestjs-signalr';
import { map } from 'rxjs';
import { HubPeer } from '../../support/hub-peer.js';
import { failed } from '../../support/nest-calls.js';
import { gatewaysOf } from '../../support/nest-gateways.js';

describe('what stands around a handler of a plain gateway', () => {
  class Order {
    @IsInt()
    amount!: number;
  }

  @WebSocketGateway({ path: '/around' })
  class AroundGateway {
    @SubscribeMessage('guarded')
    @UseGuards({ canActivate: () => false })
    guarded() {}

    @SubscribeMessage('piped')
    piped(@MessageBody(ParseIntPipe) value: number) {
      return value;
    }

    @SubscribeMessage('validated')
    @UsePipes(new ValidationPipe({ exceptionFactory: (errors) => new WsException(Object.values(errors[0].constraints ?? {}).join()) }))
    validated(@MessageBody() order: Order) {
      return order.amount;
    }

    @SubscribeMessage('intercepted')
    @UseInterceptors({ intercept: (_, next: CallHandler<number>) => next.handle().pipe(map((value) => value * 2)) })
    intercepted(@MessageBody() value: number) {
      return value;
    }

    @SubscribeMessage('filtered')
    @UseFilters({ catch: (_, host) => host.switchToWs().getClient<GatewayClient>().emit('problem', 'filtered') })
    filtered() {
      throw new Error('x');
    }

    @SubscribeMessage('translated')
    @UseFilters(
      new (class extends BaseWsExceptionFilter {
        override catch(_: unknown, host: Parameters<BaseWsExceptionFilter['catch']>[1]) {
          // oxlint-disable-next-line promise/valid-params
          super.catch(new WsException('Translated.'), host);
        }
      })(),
    )
    translated() {
      throw new Error('x');
    }
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await gatewaysOf([AroundGateway]), '/around');

  it('is Nest’s own: guards, pipes, interceptors and filters', async () => {
    const peer = await join();
    expect(await peer.ask('guarded')).toMatchObject(failed('guarded', 'Forbidden resource'));
    expect(await peer.ask('piped', '12')).toMatchObject({ result: 12 });
    expect(await peer.ask('intercepted', 21)).toMatchObject({ result: 42 });
    expect(await peer.ask('validated', { amount: 1 })).toMatchObject({ result: 1 });
    expect(await peer.ask('validated', { amount: 'x' })).toMatchObject(failed('validated', 'amount must be an integer number'));
    expect(await peer.ask('translated')).toMatchObject(failed('translated', 'Translated.'));
  });

  it('may send the client an event of its own instead of an error', async () => {
    const peer = await join();
    expect(await peer.ask('filtered')).toMatchObject({ result: null });
    expect(await peer.hear()).toEqual({ type: 1, target: 'problem', arguments: ['filtered'] });
  });
});

describe('a handler with an acknowledgment', () => {
  @WebSocketGateway({ path: '/ack' })
  class AckGateway {
    @SubscribeMessage('ack')
    ack(@Ack() ack: (answer: unknown) => void, @MessageBody() data: unknown) {
      ack({ got: data });
      return 'not this';
    }

    @SubscribeMessage('later')
    later(@Ack() ack: (answer: unknown) => void) {
      setImmediate(() => ack('later'));
    }

    @SubscribeMessage('twice')
    twice(@Ack() ack: (answer: unknown) => void) {
      ack(1);
      ack(2);
    }

    @SubscribeMessage('fails')
    fails(@Ack() _value: (answer: unknown) => void) {
      throw new WsException('No answer.');
    }
  }

  it('answers by it, at once or later, and once', async () => {
    const peer = await HubPeer.join(await gatewaysOf([AckGateway]), '/ack');
    expect(await peer.ask('ack', 1)).toMatchObject({ result: { got: 1 } });
    expect(await peer.ask('later')).toMatchObject({ result: 'later' });
    expect(await peer.ask('twice')).toMatchObject({ result: 1 });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('answers with its error when it fails: the acknowledgment is not waited for', async () => {
    const peer = await HubPeer.join(await gatewaysOf([AckGateway]), '/ack');
    expect(await peer.ask('fails')).toMatchObject(failed('fails', 'No answer.'));
  });
});
