import { describe, expect, it } from '@jest/globals';
import { Socket as PhoenixSocket } from 'phoenix';
import { WebSocket } from 'ws';
import { Channel, ChannelSocket, HandleIn, Join, phoenix, Socket } from 'nestjs-signalr';
import { servedAppFrom, moduleOf } from '../support/app-of.js';

@Channel('room:*')
class RoomChannel {
  @Join()
  join(payload: { name: string }, @Socket() socket: ChannelSocket) {
    socket.set('name', payload.name);
    return { room: socket.subtopic };
  }

  @HandleIn('say')
  async say(payload: { text: string }, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', { ...payload, by: socket.get('name') });
    return { ok: true };
  }
}

describe('phoenix.js', () => {
  it('joins', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([RoomChannel], { channels: [{ path: '/socket', dialect: phoenix() }] }) });
    const socket = new PhoenixSocket(`${url.replace('http', 'ws')}/socket`, { transport: WebSocket });
    socket.connect();
    const channel = socket.channel('room:lobby', { name: 'ada' });
    const joined = await new Promise((resolve) => channel.join().receive('ok', resolve).receive('error', resolve));
    expect(joined).toEqual({ room: 'lobby' });
    const heard = new Promise((resolve) => channel.on('said', resolve));
    const answer = await new Promise((resolve) => channel.push('say', { text: 'hi' }).receive('ok', resolve).receive('error', resolve));
    expect([answer, await heard]).toEqual([{ ok: true }, { text: 'hi', by: 'ada' }]);
    socket.disconnect();
  });
});
