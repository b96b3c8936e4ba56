import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Channel, Clients, HandleIn, Hub, HubCallerClients, HubMethod, Join, phoenix, Socket, type ChannelSocket } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events } from '../../lib/common/events.js';
import { NotedOutput } from '../../lib/connections/noted-output.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { appOf, log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { PhoenixClient } from '../support/phoenix-client.js';

@Hub('/told')
class ToldHub {
  @HubMethod()
  async sendMessage(text: string, @Clients() clients: HubCallerClients) {
    await clients.all.send('said', text);
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {}

  @HandleIn('say')
  async say(payload: unknown, @Socket() socket: ChannelSocket) {
    await socket.broadcast('said', payload);
    return { ok: true };
  }
}

const SECRET = 'a secret\n\u001b[31m';

describe('the log at level verbose', () => {
  const levels = jest.spyOn(Logger, 'isLevelEnabled');

  beforeEach(() => void levels.mockReturnValue(true));
  afterEach(() => void levels.mockReset());

  const lines = (room: string): string[] =>
    log.of(room, 'verbose').map((line) => line.replace(/[\w-]{22}/, '<id>').replace(/\d+ bytes/, 'n bytes'));

  it('has a line for each frame of a hub, with its method where there is one, and nothing that the client wrote', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub]), ToldHub);
    peer.say(invocation('1', 'SENDMESSAGE', SECRET), { type: 6 }, invocation('2', SECRET));
    for (let heard = 0; heard < 3; heard++) await peer.hear();
    expect(lines('SignalRHubs')).toEqual([
      'ToldHub: <id> out: message, n bytes',
      "ToldHub: <id> in: invocation 'sendMessage', n bytes",
      'ToldHub: <id> in: ping, n bytes',
      'ToldHub: <id> in: invocation, n bytes',
      'ToldHub: <id> out: broadcast, n bytes',
      'ToldHub: <id> out: message, n bytes',
      'ToldHub: <id> out: message, n bytes',
    ]);
    expect(log.lines.map(({ text }) => text).join()).not.toContain('secret');
  });

  it('says how large a frame was', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub]), ToldHub);
    peer.say({ type: 6 });
    await peer.ask('sendMessage', '');
    expect(log.of('SignalRHubs', 'verbose')[1]).toMatch(/ in: ping, 10 bytes$/);
  });

  it('has a line for each frame of a channel, with the pattern of its event and without its topic', async () => {
    const client = await PhoenixClient.open(
      await channelsOf([RoomChannel], { channels: [{ path: '/other', dialect: phoenix() }] }),
      '2.0.0',
    );
    await client.join('room:secret');
    await client.push('room:secret', 'say', { text: 'a secret' });
    await client.push('room:secret', 'a secret');
    expect(lines('SignalRChannels')).toEqual([
      expect.stringMatching(/: <id> in: join, n bytes$/),
      expect.stringMatching(/: <id> out: message, n bytes$/),
      expect.stringMatching(/: <id> in: event 'say', n bytes$/),
      expect.stringMatching(/: <id> out: broadcast, n bytes$/),
      expect.stringMatching(/: <id> out: message, n bytes$/),
      expect.stringMatching(/: <id> in: event, n bytes$/),
      expect.stringMatching(/: <id> out: message, n bytes$/),
    ]);
    expect(log.lines.filter(({ level }) => level === 'verbose').some(({ text }) => text.includes('secret'))).toBe(false);
  });

  it('has twenty lines in a second for a flood, and says how many more there were', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([ToldHub], { clock }), ToldHub);
    peer.say(...Array.from({ length: 1_000 }, () => ({ type: 6 })));
    await peer.ask('sendMessage', '');
    expect(lines('SignalRHubs')).toHaveLength(20);
    await clock.advance(1_000);
    expect(lines('SignalRHubs').slice(20)).toEqual(['ToldHub: 984 more frames']);
  });

  it('costs nothing where it is off: nobody listens, and connections are those that note nothing', async () => {
    levels.mockImplementation((level) => level !== 'verbose');
    const app = await appOf([ToldHub]);
    await HubPeer.join(app, ToldHub);
    const [connection] = app.get(ConnectionStore, { strict: false }).all;
    expect(app.get(Events, { strict: false }).has('framed')).toBe(false);
    expect(connection.output).not.toBeInstanceOf(NotedOutput);
  });
});
