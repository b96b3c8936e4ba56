import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Catch,
  createParamDecorator,
  Injectable,
  ParseIntPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { IsString } from 'class-validator';
import {
  Arg,
  Channel,
  ChannelException,
  ChannelSocket,
  HandleIn,
  HandleOut,
  Join,
  Leave,
  LeaveReason,
  Reason,
  Socket,
  Channels,
} from 'nestjs-signalr';
import { map } from 'rxjs';
import { z } from 'zod';
import { channelsOf } from '../../support/channel-app.js';
import { ChannelPeer } from '../../support/channel-peer.js';
import { noting, WhimGuard } from '../../support/nest-guards.js';

class SayDto {
  @IsString()
  text!: string;
}

const TopicOf = createParamDecorator((_data: unknown, context: ExecutionContext) => context.switchToWs().getClient<ChannelSocket>().topic);

@Injectable()
class Suffix {
  readonly text = '!';
}

@Injectable()
class ShoutInterceptor implements NestInterceptor {
  constructor(private readonly suffix: Suffix) {}

  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((answer: unknown) => (typeof answer === 'string' ? answer.toUpperCase() + this.suffix.text : answer)));
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(error: RangeError): never {
    throw new ChannelException({ reason: 'range', text: error.message });
  }
}

let asked: string[] = [];
const note = (name: string) =>
  noting((context) => {
    const { topic } = context.switchToWs().getClient<ChannelSocket>();
    asked.push(`${name} ${topic} ${context.switchToWs().getPattern()} ${context.getClass().name}.${context.getHandler().name}`);
  });

@Channel('room:*')
@UseGuards(note('class'))
class RoomChannel {
  @Join()
  @UseGuards(note('join'))
  join() {}

  @HandleIn('say')
  @UsePipes(new ValidationPipe({ transform: true }))
  say(payload: SayDto, @TopicOf() topic: string) {
    return { isDto: payload instanceof SayDto, text: payload.text, topic };
  }

  @HandleIn('double')
  double(@Arg(ParseIntPipe) value: number) {
    return value * 2;
  }

  @HandleIn('schema')
  schema(@Arg({ schema: z.object({ n: z.number().min(1) }) }) payload: { n: number }) {
    return payload.n;
  }

  @HandleIn('typed')
  typed(value: number) {
    return value;
  }

  @HandleIn('shout')
  @UseInterceptors(ShoutInterceptor)
  shout(payload: string) {
    return payload;
  }

  @HandleIn('range')
  @UseFilters(RangeFilter)
  range() {
    throw new RangeError('out of it');
  }

  @HandleIn('bad')
  bad() {
    throw new BadRequestException(['one', 'two']);
  }

  @HandleIn('guarded')
  @UseGuards(WhimGuard)
  guarded() {
    return 'passed';
  }

  @HandleIn('own')
  own(_payload: unknown, @Socket() socket: ChannelSocket) {
    socket.on('mine', () => 'mine');
  }

  @HandleOut('said')
  @UseInterceptors(ShoutInterceptor)
  said(payload: string) {
    return payload;
  }

  @Leave()
  leave(@Reason() reason: LeaveReason, @TopicOf() topic: string) {
    asked.push(`left ${topic} for ${reason}`);
  }
}

@Channel('locked:*')
@UseGuards(WhimGuard)
class LockedChannel {
  @Join() join() {}

  @HandleIn('say')
  say() {
    return 'said';
  }

  @HandleIn('own')
  own(_payload: unknown, @Socket() socket: ChannelSocket) {
    socket.on('mine', () => 'mine');
    return 'set';
  }
}

const channels = [RoomChannel, LockedChannel, Suffix];

describe('around the handlers of a channel', () => {
  let peer: ChannelPeer;

  beforeEach(async () => {
    asked = [];
    peer = await ChannelPeer.in(await channelsOf(channels), 'room:1', { user: { id: 'ada' } });
  });

  const answer = async (event: string, payload?: unknown): Promise<unknown> => (await peer.push('room:1', event, payload)).response;

  it('guards of class and method are asked at the join, those of the class before each event', async () => {
    expect(asked).toEqual(['class room:1 join RoomChannel.join', 'join room:1 join RoomChannel.join']);
    await peer.push('room:1', 'shout', 'a');
    expect(asked.slice(2)).toEqual(['class room:1 shout RoomChannel.shout']);
    await peer.leave('room:1');
    expect(asked.slice(3)).toEqual(['left room:1 for leave']);
  });

  it('guards of the class are asked before events that a socket handles by itself', async () => {
    peer.tell('room:1', 'own');
    expect(await answer('mine')).toBe('mine');
    expect(asked.at(-1)).toMatch(/^class room:1 mine RoomChannel\./);
  });

  it('guards refuse events as unauthorized, and see payload, user and request', async () => {
    WhimGuard.answer = () => false;
    expect(await answer('guarded')).toEqual({ reason: 'unauthorized' });
    let seen: unknown;
    WhimGuard.answer = (context) => {
      const { user } = context.switchToHttp().getRequest<{ user: unknown }>();
      seen = [context.getType(), context.switchToWs().getData(), context.getArgs().length, user];
      return true;
    };
    expect(await answer('guarded', { a: 1 })).toBe('passed');
    expect(seen).toEqual(['ws', { a: 1 }, 4, { id: 'ada' }]);
  });

  it('pipes validate and make instances', async () => {
    expect(await answer('say', { text: 'hi' })).toEqual({ isDto: true, text: 'hi', topic: 'room:1' });
    expect(await answer('say', { text: 7 })).toEqual({ reason: 'text must be a string' });
  });

  it('pipes and schemas of @Arg are bound to the payload, and its type is looked at', async () => {
    expect([await answer('double', '21'), await answer('schema', { n: 1 }), await answer('typed', 3)]).toEqual([42, 1, 3]);
    expect(await answer('double', 'x')).toEqual({ reason: 'Validation failed (numeric string is expected)' });
    expect(await answer('schema', { n: 0 })).toHaveProperty('reason');
    expect(await answer('typed', 'three')).toEqual({ reason: 'invalid payload' });
  });

  it('interceptors change what is answered, and what @HandleOut sends', async () => {
    expect(await answer('shout', 'hey')).toBe('HEY!');
    peer.session
      .socket('room:1')
      ?.broadcast('said', 'ho')
      .catch(() => undefined);
    expect(await peer.next('said')).toBe('HO!');
  });

  it('filters say what is told of an error', async () => {
    expect(await answer('range')).toEqual({ reason: 'range', text: 'out of it' });
    expect(await answer('bad')).toEqual({ reason: 'one; two' });
  });
});

describe('the guards of a channel', () => {
  it('H12, M04: refuse a join, and nothing is left of it', async () => {
    WhimGuard.answer = () => false;
    const app = await channelsOf(channels);
    const peer = await ChannelPeer.open(app);
    expect(await peer.join('locked:1')).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
    expect(await app.get(Channels).info()).toEqual({ sessions: 1, sockets: 0, topics: 0 });
  });

  it('refuse an event that a socket handles by itself', async () => {
    WhimGuard.answer = () => true;
    const peer = await ChannelPeer.in(await channelsOf(channels), 'locked:1');
    await peer.push('locked:1', 'own');
    expect(await peer.push('locked:1', 'mine')).toEqual({ status: 'ok', response: 'mine' });
    WhimGuard.answer = async () => false;
    expect(await peer.push('locked:1', 'mine')).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
  });

  it('F11: may be global, unless globalEnhancers is off', async () => {
    WhimGuard.answer = (context) => context.getType() === 'http' || context.switchToWs().getPattern() === 'join';
    const guard = { provide: APP_GUARD, useClass: WhimGuard };
    const peer = await ChannelPeer.in(await channelsOf([...channels, guard as never]), 'room:1');
    expect(await peer.push('room:1', 'shout', 'x')).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
    const free = await ChannelPeer.in(await channelsOf([...channels, guard as never], { globalEnhancers: false }), 'room:1');
    expect(await free.push('room:1', 'shout', 'x')).toMatchObject({ status: 'ok' });
  });
});
