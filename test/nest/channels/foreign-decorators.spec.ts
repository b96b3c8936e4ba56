import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Channel, HandleIn, HandleOut, Hub, HubMethod, Join, Leave, SignalRModule } from 'nestjs-signalr';
import { appFrom } from '../../support/app-of.js';

const boot = (type: Type): Promise<unknown> => appFrom({ imports: [SignalRModule.forRoot({})], providers: [type] });

const decorated = <T extends Type>(type: T, decorate: MethodDecorator): T => {
  decorate(type.prototype as object, 'say', Object.getOwnPropertyDescriptor(type.prototype, 'say') as PropertyDescriptor);
  return type;
};

describe('a decorator of methods in a class of another kind', () => {
  it.each<[string, MethodDecorator]>([
    ['@HandleIn', HandleIn('say')],
    ['@HandleOut', HandleOut('say')],
    ['@Join', Join()],
    ['@Leave', Leave()],
    ['@SubscribeMessage', SubscribeMessage('say')],
  ])('is refused in a hub: %s', async (name, decorate) => {
    @Hub('/chat')
    class ChatHub {
      say() {}
    }
    await expect(boot(decorated(ChatHub, decorate))).rejects.toThrow(
      `${name} stands above ChatHub.say, where it means nothing: it is a hub. Write @HubMethod() above what clients call.`,
    );
  });

  it.each<[string, MethodDecorator]>([
    ['@HubMethod', HubMethod()],
    ['@SubscribeMessage', SubscribeMessage('say')],
  ])('is refused in a channel: %s', async (name, decorate) => {
    @Channel('room:*')
    class RoomChannel {
      @Join() join() {}
      say() {}
    }
    await expect(boot(decorated(RoomChannel, decorate))).rejects.toThrow(
      `${name} stands above RoomChannel.say, where it means nothing: it is a channel. Write @HandleIn('event') above what clients call.`,
    );
  });

  it('is let be where the class is of that kind as well', async () => {
    @WebSocketGateway({ path: '/both' })
    @Hub('/both-hub')
    class BothHub {
      @SubscribeMessage('say')
      say() {}
    }
    await expect(boot(BothHub)).resolves.toBeDefined();
  });
});
