import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UseFilters, UseGuards, type Type } from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import {
  Channel,
  ChannelGatewayClient,
  ChannelGatewayServer,
  Channels,
  Join,
  phoenix,
  SignalRAdapter,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { from, map } from 'rxjs';
import { WebSocket } from 'ws';
import { log, moduleOf, servedAppFrom, type ServedApp } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { HubSocket } from '../../support/hub-socket.js';
import { PhoenixUser } from '../../support/phoenix-js.js';

let trail: string[];
const users: PhoenixUser[] = [];

beforeEach(() => {
  trail = [];
});

afterEach(() => {
  for (const user of users.splice(0)) user.disconnect();
});

async function refusedLater(): Promise<void> {
  await nextTurn();
  throw new Error('The list of members is gone.');
}

@WebSocketGateway({ path: '/chat' })
class ChatGateway implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer()
  server!: ChannelGatewayServer;

  handleConnection(client: ChannelGatewayClient) {
    if (client.session.params['as'] === 'mallory') throw new WsException('Not you.');
    if (client.session.params['as'] === 'nobody') return refusedLater();
    trail.push(`connected ${client.session.params['as']} ${client.topic}`);
    return client.join('everybody');
  }

  handleDisconnect(client: ChannelGatewayClient) {
    trail.push(`disconnected ${client.session.params['as']}`);
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown, @ConnectedSocket() client: ChannelGatewayClient) {
    return { data, topic: client.topic };
  }

  @SubscribeMessage('nothing')
  nothing() {}

  @SubscribeMessage('response')
  response(@MessageBody() data: unknown) {
    return { event: 'answered', data };
  }

  @SubscribeMessage('responses')
  responses() {
    return from([1, 2, 3]).pipe(map((data) => ({ event: 'number', data })));
  }

  @SubscribeMessage('ack')
  ack(@Ack() ack: (answer: unknown) => void) {
    setImmediate(() => ack({ done: true }));
  }

  @SubscribeMessage('refuse')
  refuse(@MessageBody() { text }: { text: string }) {
    throw new WsException(text);
  }

  @SubscribeMessage('break')
  async break() {
    throw new Error('the secret');
  }

  @SubscribeMessage('guarded')
  @UseGuards({ canActivate: () => false })
  guarded() {}

  @SubscribeMessage('filtered')
  @UseFilters({ catch: (_, host) => host.switchToWs().getClient<ChannelGatewayClient>().emit('problem', { text: 'filtered' }) })
  filtered() {
    throw new Error('x');
  }

  @SubscribeMessage('say')
  say(@MessageBody() { to, text }: { to: string; text: string }, @ConnectedSocket() client: ChannelGatewayClient) {
    const targets = {
      all: this.server,
      topic: this.server.toTopic(client.topic ?? ''),
      room: this.server.to('red'),
      everybody: this.server.to('everybody'),
      others: client.broadcast,
      'others in room': client.to('red'),
      me: client,
    };
    return targets[to as keyof typeof targets].emit('said', { text });
  }

  @SubscribeMessage('join')
  async join(@ConnectedSocket() client: ChannelGatewayClient, @MessageBody() { room }: { room: string }) {
    await client.join(room);
    return true;
  }

  @SubscribeMessage('leave')
  async leave(@ConnectedSocket() client: ChannelGatewayClient, @MessageBody() { room }: { room: string }) {
    await client.leave(room);
    return true;
  }

  @SubscribeMessage('go')
  go(@ConnectedSocket() client: ChannelGatewayClient) {
    client.disconnect();
  }
}

/** How long phoenix.js waits for an answer that never comes, in milliseconds. */
const UNAWAITED = 1;

const dialects = { '/chat': phoenix() };

function serve(gateways: Type[] = [ChatGateway], options: SignalRModuleOptions = {}): Promise<ServedApp> {
  return servedAppFrom(moduleOf(gateways, options), (app) => void app.useWebSocketAdapter(new SignalRAdapter(app, { dialects })));
}

async function come({ url }: ServedApp, as = 'ada', path = '/chat'): Promise<PhoenixUser> {
  const user = new PhoenixUser(`${url.replace('http', 'ws')}${path}`, { params: { as } });
  users.push(user);
  await user.connect();
  return user;
}

describe('a plain gateway over a dialect of channels', () => {
  it('handles events of phoenix.js in any topic, and replies with what the handler returns', async () => {
    const ada = await come(await serve());
    const [red, blue] = [await ada.join('red'), await ada.join('any:blue')];
    expect([red.reply, blue.reply]).toEqual([{}, {}]);
    expect(await red.push('echo', { n: 1 })).toEqual({ status: 'ok', response: { data: { n: 1 }, topic: 'red' } });
    expect(await blue.push('echo', 2)).toEqual({ status: 'ok', response: { data: 2, topic: 'any:blue' } });
    expect(await red.push('ack')).toEqual({ status: 'ok', response: { done: true } });
    expect(await red.push('Echo')).toEqual({ status: 'error', response: { reason: 'unmatched event' } });
  });

  it('emits each event that a handler returns, in the topic of the message, and replies with the data of the last', async () => {
    const ada = await come(await serve());
    const [red, blue] = [await ada.join('red'), (await ada.join('blue')).listen('answered')];
    red.listen('number').listen('answered');
    expect(await red.push('response', { a: 1 })).toEqual({ status: 'ok', response: { a: 1 } });
    expect(await red.next('answered')).toEqual({ a: 1 });
    expect(await red.push('responses')).toEqual({ status: 'ok', response: 3 });
    expect([await red.next('number'), await red.next('number'), await red.next('number')]).toEqual([1, 2, 3]);
    expect(await blue.push('response', { b: 2 })).toMatchObject({ status: 'ok' });
    expect(await blue.next('answered')).toEqual({ b: 2 });
  });

  it('answers with an error when its handler, a guard or a pipe fails, and says no more of it than it should', async () => {
    const red = (await (await come(await serve())).join('red')).listen('problem');
    expect(await red.push('refuse', { text: 'Full.' })).toEqual({ status: 'error', response: { reason: 'Full.' } });
    expect(await red.push('guarded')).toEqual({ status: 'error', response: { reason: 'Forbidden resource' } });
    expect(await red.push('break')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(log.takeErrors()).toEqual([expect.stringContaining('the secret')]);
    red.channel.push('filtered', {}, UNAWAITED);
    expect(await red.next('problem')).toEqual({ text: 'filtered' });
  });

  it('is told once of each client, whatever it joins, and once of its end', async () => {
    const served = await serve();
    const [ada, bob] = [await come(served), await come(served, 'bob')];
    await ada.join('red');
    await (await ada.join('blue')).leave();
    (await bob.join('red')).channel.push('go', {}, UNAWAITED);
    ada.disconnect();
    await served.app.close();
    expect([...trail].sort((a, b) => a.localeCompare(b))).toEqual([
      'connected ada undefined',
      'connected bob undefined',
      'disconnected ada',
      'disconnected bob',
    ]);
  });

  it('turns away whom handleConnection refuses, for good, at once or when it has found that out', async () => {
    const { url } = await serve();
    expect(await HubSocket.refusal(`${url}/chat/websocket?as=mallory`)).toMatchObject({ status: 403 });
    const nobody = new WebSocket(`${url.replace('http', 'ws')}/chat/websocket?as=nobody`);
    expect((await once(nobody, 'close'))[0]).toBe(1000);
    expect(log.takeErrors()).toEqual([expect.stringContaining('The list of members is gone.')]);
    expect(trail).not.toContain('connected mallory undefined');
  });

  it('sends events to all, to a topic, to rooms, to others and to one', async () => {
    const served = await serve();
    const [ada, bob, eve] = [await come(served), await come(served, 'bob'), await come(served, 'eve')];
    const red = await ada.join('red');
    const sockets = [red, await ada.join('blue'), await bob.join('red'), await eve.join('blue')];
    for (const socket of sockets) socket.listen('said');
    const heard = async (to: string): Promise<boolean[]> => {
      await red.push('say', { to, text: to });
      // What was said to a client stands before the answer to what it says next.
      await Promise.all(sockets.map((socket) => socket.push('say', { to: 'me', text: 'end' })));
      return Promise.all(sockets.map((socket) => hearsBefore(socket, to)));
    };
    const hearsBefore = async (socket: (typeof sockets)[number], text: string): Promise<boolean> => {
      const { text: first } = (await socket.next('said')) as { text: string };
      if (first === 'end') return false;
      expect(first).toBe(text);
      expect(await socket.next('said')).toEqual({ text: 'end' });
      return true;
    };
    expect(await heard('all')).toEqual([true, true, true, true]);
    expect(await heard('topic')).toEqual([true, false, true, false]);
    expect(await heard('everybody')).toEqual([true, true, true, true]);
    expect(await heard('others')).toEqual([false, false, true, true]);
    expect(await heard('me')).toEqual([true, false, false, false]);
    await sockets[3].push('join', { room: 'red' });
    await red.push('join', { room: 'red' });
    expect(await heard('room')).toEqual([true, true, false, true]);
    expect(await heard('others in room')).toEqual([false, false, false, true]);
    await sockets[3].push('leave', { room: 'red' });
    await red.push('leave', { room: 'red' });
    expect(await heard('room')).toEqual([false, false, false, false]);
  });

  it('lets nobody into the topics of channels', async () => {
    @Channel('red')
    class RedChannel {
      @Join() join() {}
    }
    const served = await serve([ChatGateway, RedChannel], { channels: [{ path: '/socket', dialect: phoenix() }] });
    const outside = (await (await come(served)).join('red')).listen('secret').listen('said');
    const inside = (await (await come(served, 'ada', '/socket')).join('red')).listen('secret');
    await served.app.get(Channels).broadcast('red', 'secret', { n: 1 });
    expect(await inside.next('secret')).toEqual({ n: 1 });
    await outside.push('say', { to: 'me', text: 'end' });
    expect(await outside.next('said')).toEqual({ text: 'end' });
    expect(await Promise.race([outside.next('secret'), outside.push('echo').then(() => 'nothing')])).toBe('nothing');
  });

  it('bounds the rooms of a client, and their names', async () => {
    const red = await (await come(await serve([ChatGateway], { limits: { groupsPerConnection: 2 } }))).join('red');
    expect(await red.push('join', { room: 'a' })).toMatchObject({ status: 'ok' });
    expect(await red.push('join', { room: 'b' })).toMatchObject({ status: 'error' });
    expect(await red.push('join', { room: 'x'.repeat(257) })).toMatchObject({ status: 'error' });
    log.takeErrors();
  });
});
