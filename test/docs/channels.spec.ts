import { describe, expect, it, jest } from '@jest/globals';
import { Channels } from 'nestjs-signalr';
import { log, moduleOf, appFrom, servedAppFrom } from '../support/app-of.js';
import { ChannelPeer } from '../support/channel-peer.js';
import { knock } from '../support/nest-knock.js';
import { PhoenixUser } from '../support/phoenix-js.js';
import { RealtimeUser } from '../support/realtime-js.js';
import { follow } from './channels/lounge.client.js';
import { LoungeChannel } from './channels/lounge.channel.js';
import { MemberSocket } from './channels/member.socket.js';
import { NewsChannel } from './channels/news.channel.js';
import { News } from './channels/news.client.js';
import { Orders, OrdersChannel } from './channels/orders.js';
import { ChatModule } from './channels/room.channel.js';
import { BoardChannel, Boards, RealtimeSocket, TeamChannel } from './channels/realtime.js';
import { UserSocket } from './channels/user.socket.js';
import { examplesThatNobodyRuns } from './pages.js';

async function serve() {
  const { app, url } = await servedAppFrom(moduleOf([LoungeChannel, NewsChannel, UserSocket]));
  return { channels: app.get(Channels), url: `${url}/socket` };
}

describe('docs/channels.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('channels')).toEqual([]);
  });

  it('has a room that phoenix.js joins', async () => {
    const { url } = await servedAppFrom({ imports: [ChatModule] });
    const [ada, bob] = [new PhoenixUser(`${url}/socket`), new PhoenixUser(`${url}/socket`)];
    await Promise.all([ada.connect(), bob.connect()]);
    const room = await ada.join('room:lobby', { name: 'Ada' });
    expect(room.reply).toEqual({ topic: 'room:lobby', messages: ['Welcome to lobby.'] });
    const other = (await bob.join('room:lobby', { name: 'Bob' })).listen('new_msg').listen('left');
    expect(await room.push('new_msg', { body: 'Hello' })).toEqual({ status: 'ok', response: { ok: true } });
    expect(await other.next('new_msg')).toEqual({ body: 'Hello', by: 'Ada' });
    void room.leave();
    expect(await other.next('left')).toEqual({ name: 'Ada' });
    expect(await bob.topic('room:full').join()).toEqual({ status: 'error', response: { reason: 'full' } });
  });

  it('says something from a service, to each what it wants', async () => {
    const app = await appFrom({ ...moduleOf([MemberSocket]), providers: [MemberSocket, Orders, OrdersChannel] });
    const member = { user: { id: 'ada', exp: Math.floor(Date.now() / 1_000) + 60 }, path: '/members' };
    const [full, compact] = [
      await ChannelPeer.open(app, member),
      await ChannelPeer.open(app, { ...member, query: 'vsn=2.0.0&compact=yes' }),
    ];
    await app.get(Orders).ship('ada');
    expect((await full.hearing(3)).map(([, , , event]) => event)).toEqual(['shipped', 'news', 'order_changed']);
    expect(await compact.next('order_changed')).toEqual({ id: 'ada' });
    await full.hangUp();
    expect(log.of('Members')).toEqual(['ada is gone: transport-closed']);
  });

  it('has an endpoint that lets in members alone, with a page that is not too old', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([MemberSocket]), providers: [MemberSocket, OrdersChannel] });
    const at = `${url}/members/websocket`;
    expect(await knock('upgrade', at)).toMatchObject({ status: 401 });
    expect(await knock('upgrade', at, {}, 'token=ada&version=1')).toMatchObject({ status: 403, body: 'Please reload the page.' });
    expect(await knock('upgrade', at, {}, 'token=ada')).toMatchObject({ status: 101 });
  });

  it('shows who is there', async () => {
    const info = jest.spyOn(console, 'info').mockReturnValue();
    const { url } = await serve();
    const user = PhoenixUser.begin(url);
    const lounge = user.topic('lounge:1', { name: 'ann', device: 'phone' });
    const seen = new Promise<string[]>((resolve) => follow(lounge.channel, resolve));
    void lounge.join();
    expect(await seen).toEqual(['ann']);
    expect(await lounge.push('status', { device: 'phone', status: 'away' })).toEqual({ status: 'ok', response: { people: 1 } });
    expect(info).toHaveBeenCalledWith('lounge:1', 'came:', ['ann'], 'went:', []);
  });

  it('has channels that realtime-js joins', async () => {
    const { app, url } = await servedAppFrom(moduleOf([BoardChannel, TeamChannel, RealtimeSocket, Boards]));
    const user = new RealtimeUser(`${url}/realtime/v1`);
    const board = await user.in('board:1', { broadcast: { self: true, ack: true }, presence: { key: 'ada' } });
    expect(await board.send('cursor', { x: 1 })).toBe('ok');
    expect(await board.heard()).toMatchObject({ event: 'cursor', payload: { x: 1 } });
    expect(await board.channel.track({ mood: 'glad' })).toBe('ok');
    expect(await board.present('ada')).toMatchObject({ ada: [{ mood: 'glad' }] });
    await app.get(Boards).cleared('1');
    expect(await board.heard()).toMatchObject({ event: 'cleared', payload: { at: expect.any(String) } });
    expect(await user.topic('team:1', { private: true }).subscribe()).toMatchObject({ status: 'CHANNEL_ERROR' });
    await user.client.setAuth('ada');
    await user.in('team:2', { private: true });
  });

  it('brings what was missed when a connection is lost', async () => {
    const { channels, url } = await serve();
    const user = PhoenixUser.begin(url);
    const seen: unknown[] = [];
    const waiting: (() => void)[] = [];
    const saw = (count: number): Promise<void> =>
      seen.length >= count ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)).then(() => saw(count));
    const note = (payload: unknown): void => {
      seen.push(payload);
      for (const resolve of waiting.splice(0)) resolve();
    };
    const reload = jest.fn();
    const news = new News(user.socket, 'news:1', note, reload);
    await user.joined('news:1');
    await channels.broadcast('news:1', 'published', { n: 1 });
    await saw(1);
    await user.lose();
    await channels.broadcast('news:1', 'published', { n: 2 });
    await channels.broadcast('news:1', 'published', { n: 3 });
    await saw(3);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(news.position?.offset).toBe(3);
    expect(reload).not.toHaveBeenCalled();
  });
});
