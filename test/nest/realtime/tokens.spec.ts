import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplicationContext,
} from '@nestjs/common';
import {
  Channel,
  ChannelEndpoint,
  Channels,
  ChannelSession,
  ChannelSocket,
  HandleIn,
  Join,
  phoenix,
  Socket,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import { log } from '../../support/app-of.js';
import { channelsOf } from '../../support/channel-app.js';
import { ChannelPeer, type PeerOptions } from '../../support/channel-peer.js';

interface User {
  readonly id: string;
  readonly role?: string;
}

type Asking = IncomingMessage & { user?: User };

const dialect = phoenix({ realtime: true });
const bearer = ({ headers }: IncomingMessage): string => headers.authorization?.replace('Bearer ', '') ?? '';

/** Which tokens were asked about. */
let asked: string[] = [];
let meanwhile: (request: Asking) => Promise<void> = () => Promise.resolve();

/** A token is `user` or `user-role`; nobody brings none. */
@Injectable()
class NameGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Asking>();
    asked.push(bearer(request));
    const [id, role] = bearer(request).split('-');
    if (id === 'wrong') throw new UnauthorizedException();
    if (id !== '') request.user = { id, role };
    await meanwhile(request);
    return true;
  }
}

@ChannelEndpoint('/socket', { dialect })
@UseGuards(NameGuard)
class UserSocket {}

/** Its guards let everybody in who brings a token, and say nothing of who that is. */
@ChannelEndpoint('/own', { dialect })
@UseGuards({ canActivate: (context) => bearer(context.switchToHttp().getRequest<Asking>()) !== 'wrong' })
class OwnSocket {
  onConnected(session: ChannelSession<User>) {
    session.user = { id: 'ada' };
  }
}

@Channel('realtime:room:*')
class RoomChannel {
  @Join()
  join(_: unknown, @Socket() socket: ChannelSocket<User | undefined>) {
    return { user: socket.user?.id ?? null };
  }

  @HandleIn('who')
  who(_: unknown, @Socket() socket: ChannelSocket<User | undefined>) {
    const { authorization } = socket.session.request?.headers ?? {};
    return { id: socket.user?.id ?? null, role: socket.user?.role ?? null, authorization: authorization ?? null };
  }
}

@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<Asking>().user?.role === 'staff';
  }
}

@Channel('realtime:staff:*')
@UseGuards(StaffGuard)
class StaffChannel {
  @Join() join() {}
}

const [ROOM, STAFF] = ['realtime:room:1', 'realtime:staff:1'];
const OK = { status: 'ok', response: {} };
const TOO_MANY = { status: 'error', response: { reason: 'too many connections of this user' } };
const UNAUTHORIZED = { status: 'error', response: { reason: 'unauthorized' } };

beforeEach(() => {
  asked = [];
  meanwhile = () => Promise.resolve();
});

const serve = (options: SignalRModuleOptions = { channels: [] }): Promise<INestApplicationContext> =>
  channelsOf([UserSocket, OwnSocket, RoomChannel, StaffChannel], options);

const open = async (options?: PeerOptions): Promise<ChannelPeer> => ChannelPeer.open(await serve(), options);

const bring = (peer: ChannelPeer, token: unknown, topic = ROOM): Promise<unknown> =>
  peer.push(topic, 'access_token', { access_token: token });

const who = async (peer: ChannelPeer): Promise<unknown> => (await peer.push(ROOM, 'who')).response;

describe('the token of a join', () => {
  it('says who joins, before the guards of the channel and @Join', async () => {
    const peer = await open();
    expect(await peer.join(ROOM, { access_token: 'ada-staff' })).toEqual({ status: 'ok', response: { user: 'ada' } });
    expect(await peer.join(STAFF, { access_token: 'ada-staff' })).toEqual(OK);
    expect(await who(peer)).toEqual({ id: 'ada', role: 'staff', authorization: 'Bearer ada-staff' });
  });

  it('is asked about once, as long as it is the same', async () => {
    const peer = await open();
    await Promise.all(['1', '2', '3'].map((room) => peer.join(`realtime:room:${room}`, { access_token: 'ada' })));
    await bring(peer, 'ada');
    expect(asked).toEqual(['ada']);
  });

  it('refuses the join where the endpoint does not take it, and leaves the session as it was', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    expect(await peer.join('realtime:room:2', { access_token: 'wrong' })).toEqual(UNAUTHORIZED);
    expect(await who(peer)).toEqual({ id: 'ada', role: null, authorization: 'Bearer ada' });
  });

  it('makes somebody of nobody, whom the server finds by the name', async () => {
    const app = await serve();
    const peer = await ChannelPeer.open(app);
    await peer.join(ROOM);
    await app.get(Channels).toUser('ada', 'early');
    await peer.join('realtime:room:2', { access_token: 'ada' });
    await app.get(Channels).toUser('ada', 'late');
    await expect(peer.next('late')).resolves.toEqual({});
    expect((await peer.heard()).map(([, , , event]) => event)).not.toContain('early');
  });
});

describe('a token that is brought later', () => {
  it('leaves who the application has said that it is, where the guards name nobody', async () => {
    const peer = await open({ path: '/own' });
    expect(await peer.join(ROOM, { access_token: 'first' })).toEqual({ status: 'ok', response: { user: 'ada' } });
    expect(await bring(peer, 'second')).toEqual(OK);
    expect(await who(peer)).toMatchObject({ id: 'ada', authorization: 'Bearer second' });
  });

  it('is taken when it is good, and changes what guards see', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    expect(await peer.join(STAFF)).toEqual(UNAUTHORIZED);
    expect(await bring(peer, 'ada-staff')).toEqual(OK);
    expect(await peer.join(STAFF)).toEqual(OK);
  });

  it('is shown to nobody before it is good', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    let request: Asking | undefined;
    meanwhile = async () => {
      request = peer.session.request as Asking;
      expect([request.user, bearer(request)]).toEqual([{ id: 'ada' }, 'ada']);
      await Promise.resolve();
      throw new UnauthorizedException();
    };
    await bring(peer, 'ada-staff');
    expect([request?.user, bearer(request as Asking)]).toEqual([{ id: 'ada' }, 'ada']);
  });

  it('is told of and ends the socket where it is not good', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    await peer.next('presence_state');
    expect(await bring(peer, 'wrong')).toEqual(UNAUTHORIZED);
    const system = { extension: 'system', status: 'error', message: 'unauthorized', channel: 'room:1' };
    expect((await peer.hearing(2)).map(([, , , event, payload]) => [event, payload])).toEqual([
      ['system', system],
      ['phx_close', {}],
    ]);
    expect(await peer.join(ROOM)).toEqual({ status: 'ok', response: { user: 'ada' } });
  });

  it('ends those sockets alone whose guards want another', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada-staff' });
    await peer.join(STAFF);
    expect(await bring(peer, 'ada', STAFF)).toEqual(UNAUTHORIZED);
    expect((await peer.next('system')) as object).toMatchObject({ message: 'unauthorized', channel: 'staff:1' });
    expect(await bring(peer, 'ada', ROOM)).toEqual(OK);
    expect(peer.session.sockets().map(({ topic }) => topic)).toEqual([ROOM]);
  });

  it.each<[string, string, object]>([
    ['somebody else', 'bob', {}],
    ['nobody', '', {}],
  ])('ends the session where it is that of %s: its client may come back', async (_, token) => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    peer.tell(ROOM, 'access_token', { access_token: token });
    const { code, reason } = await peer.transport.closed;
    expect([code, reason.code, reason.allowReconnect]).toEqual([1001, 'disconnected', true]);
  });

  it('is none where it is null, and refused where it is no text', async () => {
    const peer = await open();
    await peer.join(ROOM, { access_token: 'ada' });
    for (const token of [null, undefined]) expect(await bring(peer, token)).toEqual(OK);
    expect(await bring(peer, 7)).toEqual({ status: 'error', response: { reason: 'an access_token has to be a text' } });
    expect(await who(peer)).toMatchObject({ id: 'ada' });
  });

  it('I06: is refused where its user has as many connections as limits.connectionsPerUser allows, and the session stays nobody’s', async () => {
    const app = await serve({ channels: [], limits: { connectionsPerUser: 1 } });
    const [first, second] = [await ChannelPeer.open(app), await ChannelPeer.open(app)];
    for (const peer of [first, second]) await peer.join(ROOM);
    expect(await bring(first, 'ada')).toEqual(OK);
    expect(await bring(second, 'ada')).toEqual(TOO_MANY);
    expect(await second.next('system')).toMatchObject({ message: 'too many connections of this user' });
    expect(await second.join(ROOM, { access_token: 'ada' })).toEqual(TOO_MANY);
    expect(await second.join(ROOM)).toEqual({ status: 'ok', response: { user: null } });
    first.transport.vanish();
    expect(await bring(second, 'ada')).toEqual(OK);
    expect(log.of('SignalRChannels', 'warn')).toEqual([expect.stringContaining('limits.connectionsPerUser (1)')]);
  });

  it('is asked about in its turn', async () => {
    const peer = await open();
    await peer.join(ROOM);
    await peer.join('realtime:room:2');
    const answers = ['ada', 'wrong', 'ada-staff'].map((token, at) => bring(peer, token, at === 1 ? 'realtime:room:2' : ROOM));
    expect(await Promise.all(answers)).toEqual([OK, UNAUTHORIZED, OK]);
    expect(await who(peer)).toMatchObject({ id: 'ada', role: 'staff' });
  });

  it('is refused where the application fails to say who it is, and that is logged', async () => {
    const userIdProvider = (): never => {
      throw new Error('no such table');
    };
    const app = await serve({ channels: [], userIdProvider: (user) => (user === undefined ? undefined : userIdProvider()) });
    const peer = await ChannelPeer.open(app);
    await peer.join(ROOM);
    expect(await bring(peer, 'ada')).toEqual({ status: 'error', response: { reason: 'internal error' } });
    expect(await peer.next('system')).toMatchObject({ message: 'internal error' });
    expect(log.takeErrors()).toEqual([expect.stringContaining('no such table')]);
  });
});

describe('where no guard stands on the endpoint', () => {
  it('authenticate is asked', async () => {
    const authenticate = (request: IncomingMessage): User | null => (bearer(request) === 'wrong' ? null : { id: bearer(request) });
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/socket', dialect }], authenticate });
    const peer = await ChannelPeer.open(app);
    expect(await peer.join(ROOM, { access_token: 'ada' })).toEqual({ status: 'ok', response: { user: 'ada' } });
    expect(await bring(peer, 'wrong')).toEqual(UNAUTHORIZED);
  });

  it('nobody is asked, and the guards of channels find the token', async () => {
    const app = await channelsOf([RoomChannel], { channels: [{ path: '/socket', dialect }] });
    const peer = await ChannelPeer.open(app, { user: { id: 'ada' } });
    await peer.join(ROOM);
    expect(await bring(peer, 'anything')).toEqual(OK);
    expect(await who(peer)).toEqual({ id: 'ada', role: null, authorization: 'Bearer anything' });
  });
});
