import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, Scope, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  Caller,
  Channel,
  ChannelEndpoint,
  ChannelSocket,
  HandleIn,
  HandleOut,
  Hub,
  Join,
  Leave,
  phoenix,
  SignalRError,
  SignalRModule,
  Subscribe,
  TopicOpened,
  UploadStream,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { Subject } from 'rxjs';
import { appFrom } from '../../support/app-of.js';
import { WhimGuard } from '../../support/nest-guards.js';

/** What an application with these providers dies of at boot. */
async function bootError(providers: readonly unknown[], options: SignalRModuleOptions = {}): Promise<string> {
  const error = await appFrom({ imports: [SignalRModule.forRoot(options)], providers: providers as Type[] }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SignalRError);
  return (error as Error).message;
}

/** What a decorator dies of. */
function decorationError(decorate: () => unknown): string {
  expect(decorate).toThrow(SignalRError);
  try {
    decorate();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

describe('a channel that could not be served', () => {
  it('is one that nobody can join', async () => {
    @Channel('closed')
    class ClosedChannel {}
    expect(await bootError([ClosedChannel])).toBe(
      'ClosedChannel has no method with @Join, so that nobody can ever join its topics. Write @Join() join() {} to let everybody in.',
    );
  });

  it.each([
    ['@HandleIn', HandleIn('a')],
    ['@HandleOut', HandleOut('a')],
  ])('has two methods for the same with %s', async (name, decorate) => {
    @Channel('twice')
    class TwiceChannel {
      @Join() join() {}
      first() {}
      second() {}
    }
    for (const key of ['first', 'second'])
      decorate(TwiceChannel.prototype, key, Object.getOwnPropertyDescriptor(TwiceChannel.prototype, key) as PropertyDescriptor);
    expect(await bootError([TwiceChannel])).toBe(
      `TwiceChannel has two methods with ${name}('a'). Only one can be called: remove the other.`,
    );
  });

  it('has two hooks of the same kind', async () => {
    @Channel('twice')
    class TwiceChannel {
      @Join() join() {}
      @Join() joinAgain() {}
      @TopicOpened() one() {}
      @TopicOpened() two() {}
    }
    expect(await bootError([TwiceChannel])).toBe(
      "TwiceChannel has two methods with @Join('twice'). Only one can be called: remove the other.",
    );
  });

  it('has a join for topics that are not its own', async () => {
    @Channel('room:*')
    class LostChannel {
      @Join('hall:1') join() {}
    }
    expect(await bootError([LostChannel])).toBe(
      "@Join('hall:1') on LostChannel stands for no topic of that channel. Give it a topic that one of the patterns of @Channel fits.",
    );
  });

  it('subscribes to topics that are not its own', async () => {
    @Channel('room:*')
    @Subscribe('hall:*', 'news')
    class LostChannel {
      @Join() join() {}
    }
    expect(await bootError([LostChannel])).toContain("@Subscribe('hall:*') on LostChannel stands for no topic of that channel.");
  });

  it('has a parameter that no client can send', async () => {
    @Channel('room:*')
    class BareChannel {
      @Join() join(_payload: unknown, _socket: ChannelSocket) {}
    }
    expect(await bootError([BareChannel])).toBe(
      'Parameter 2 of BareChannel.join is a ChannelSocket, which no client can send. Write @Socket() before it.',
    );
  });

  it('has a parameter of hubs', async () => {
    @Channel('room:*')
    class HubbyChannel {
      @Join() join(@Caller() _caller: unknown) {}
    }
    expect(await bootError([HubbyChannel])).toContain('Parameter 1 of HubbyChannel.join has a decorator that means nothing on a channel.');
  });

  it.each(['a type', 'a decorator'])('wants a stream, by %s', async (how) => {
    @Channel('room:*')
    class StreamChannel {
      @Join() join() {}
      @HandleIn('a') typed(_items: Subject<number>) {}
    }
    @Channel('room:*')
    class DecoratedChannel {
      @Join() join() {}
      @HandleIn('a') decorated(@UploadStream() _items: unknown) {}
    }
    expect(await bootError([how === 'a type' ? StreamChannel : DecoratedChannel])).toMatch(
      /stream from the client|means nothing on a channel/,
    );
  });

  it('stands in the providers of two modules', async () => {
    @Module({ providers: [RoomChannel] })
    class OtherModule {}
    const error = await appFrom({ imports: [SignalRModule.forRoot(), OtherModule], providers: [RoomChannel] }).catch(
      (reason: unknown) => reason,
    );
    expect((error as Error).message).toContain('RoomChannel stands in the providers of');
  });

  it('overrides a handler with decorators, but not with that one', async () => {
    class HalfChannel extends RoomChannel {
      @UseGuards(WhimGuard)
      override join() {}
    }
    expect(await bootError([HalfChannel])).toContain('HalfChannel.join overrides a handler of RoomChannel and has decorators of its own');
  });

  it('has options that do not exist, or cannot be', async () => {
    @Channel('room:*', { presents: true } as never)
    class PresentChannel {
      @Join() join() {}
    }
    expect(await bootError([PresentChannel])).toBe(
      "Unknown option 'presents' in @Channel on PresentChannel. Did you mean 'presence'? Known ones are: expiresAfter, history, presence.",
    );
    @Channel('room:*', { expiresAfter: -1 })
    class EarlyChannel {
      @Join() join() {}
    }
    expect(await bootError([EarlyChannel])).toContain("The option 'expiresAfter' in @Channel on EarlyChannel is -1.");
  });
});

describe('a decorator of channels that is used wrongly', () => {
  it.each([[''], ['room:*:x'], [7], [undefined]])('names no pattern: %j', (pattern) => {
    class AnyChannel {}
    const said = decorationError(() => Channel(pattern as string)(AnyChannel));
    expect(said).toMatch(/is no pattern|says of nothing/);
  });

  it('stands above what is no class, or no method', () => {
    class AnyChannel {
      join() {}
    }
    const method = Object.getOwnPropertyDescriptor(AnyChannel.prototype, 'join') as PropertyDescriptor;
    expect(decorationError(() => (Channel('a') as MethodDecorator)(AnyChannel.prototype, 'join', method))).toContain('no class');
    expect(decorationError(() => (Join() as PropertyDecorator)(AnyChannel.prototype, 'field'))).toContain('which nothing can call');
    expect(decorationError(() => Leave()(AnyChannel, 'join', method))).toContain('which nothing can call');
  });

  it('says of no event that it is handled, or how in a way that does not exist', () => {
    expect(decorationError(() => HandleIn([]))).toContain("Write @HandleIn('…')");
    expect(decorationError(() => HandleOut())).toContain("Write @HandleOut('…')");
    expect(decorationError(() => HandleIn('a', { reply: 'nobody' as never }))).toBe(
      `The reply of @HandleIn is "nobody". It has to be 'sender' or 'channel'.`,
    );
    expect(decorationError(() => HandleIn('a', { twice: true } as never))).toBe(
      "@HandleIn does not know the option 'twice'. It takes once and reply.",
    );
    expect(decorationError(() => Subscribe('a', '')(RoomChannel))).toContain('the event is ""');
  });

  it.each(['socket', '/a/:b', '/a*', undefined])('serves an endpoint nowhere: %j', (path) => {
    expect(decorationError(() => ChannelEndpoint(path as string, { dialect: phoenix() })(RoomChannel))).toContain(
      'It has to be a text that begins with a slash',
    );
  });

  it('serves an endpoint in no dialect', () => {
    expect(decorationError(() => ChannelEndpoint('/socket', {} as never)(RoomChannel))).toBe(
      '@ChannelEndpoint on RoomChannel: the dialect is undefined. Say how its clients speak: { dialect: phoenix() }.',
    );
    expect(decorationError(() => ChannelEndpoint('/socket', undefined as never)(RoomChannel))).toContain('the dialect is undefined');
  });

  it('serves an endpoint in a dialect that was not called', () => {
    expect(decorationError(() => ChannelEndpoint('/socket', { dialect: phoenix as never })(RoomChannel))).toBe(
      '@ChannelEndpoint on RoomChannel: the dialect is the function phoenix itself. Call it: { dialect: phoenix() }.',
    );
  });
});

describe('an endpoint that could not be served', () => {
  const dialect = phoenix();

  it('names channels that are none, or that nobody provides', async () => {
    class PlainClass {}
    @ChannelEndpoint('/socket', { dialect, channels: [PlainClass] })
    class WrongSocket {}
    @ChannelEndpoint('/socket', { dialect, channels: [RoomChannel] })
    class LonelySocket {}
    expect(await bootError([WrongSocket])).toContain('names PlainClass among its channels, but that is none.');
    expect(await bootError([LonelySocket])).toContain('names RoomChannel among its channels, but that is in no module');
  });

  it('has the path of another, or of a hub', async () => {
    @ChannelEndpoint('/socket', { dialect })
    class FirstSocket {}
    @ChannelEndpoint('/Socket', { dialect })
    class SecondSocket {}
    @Hub('/socket/websocket')
    class PathHub {}
    @ChannelEndpoint('/SOCKET/', { dialect })
    class ThirdSocket {}
    expect(await bootError([FirstSocket, SecondSocket, RoomChannel])).toContain(
      "FirstSocket and SecondSocket are both served at '/Socket/websocket'",
    );
    expect(await bootError([FirstSocket, ThirdSocket, RoomChannel])).toContain(
      "FirstSocket and ThirdSocket are both served at '/SOCKET/websocket'",
    );
    expect(await bootError([FirstSocket, PathHub, RoomChannel])).toContain(
      "PathHub and FirstSocket are both served at '/socket/websocket'",
    );
  });

  it('has options that mean nothing on it', async () => {
    const channels = [{ path: '/socket', dialect, keepAliveInterval: 1 } as never];
    expect(await bootError([RoomChannel], { channels })).toContain(
      "Unknown option 'keepAliveInterval' in channels in the options of SignalRModule",
    );
    expect(await bootError([RoomChannel], { channels: '/socket' as never })).toContain(
      "The option 'channels' in the options of SignalRModule is '/socket'.",
    );
    expect(await bootError([RoomChannel], { channels: [{ path: '/socket' } as never] })).toContain('the dialect is undefined');
  });

  it.each([null, '', [], true, '60000', NaN, -1, Infinity])(
    'has a time for silent clients that is none: %j',
    async (clientTimeoutInterval) => {
      const channels = [{ path: '/socket', dialect, clientTimeoutInterval: clientTimeoutInterval as number }];
      expect(await bootError([RoomChannel], { channels })).toContain("The option 'clientTimeoutInterval' in channels in the options");
    },
  );

  it('has no class, where a global guard would have to be made for it', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard extends WhimGuard {}
    const error = await bootError([RoomChannel, { provide: APP_GUARD, useClass: ScopedGuard }], {
      channels: [{ path: '/socket', dialect }],
    });
    expect(error).toContain("A global guard is request-scoped, and the endpoint of channels at '/socket' has no class");
  });
});
