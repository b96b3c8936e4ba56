import { realtimeErrors } from '../../common/channel-errors.js';
import type { DialectService, DialectServices, ServedSocket } from '../dialect.services.js';
import { bytesOf } from '../bytes.js';
import { fitsBytes } from './realtime.binary.js';
import { BROADCAST, isUserBroadcast } from './realtime.broadcast.js';
import { readConfig, recordOf } from './realtime.config.js';
import { reasonOf } from './realtime.refusal.js';

const DONE = {};

/** Everybody else in the topic hears it, and the client itself where its join says `self`. It is answered where that says `ack`. */
const broadcast: DialectService = {
  async serve(socket, payload) {
    checkBroadcast(socket, payload);
    const { self, ack } = readConfig(socket.params);
    await socket.broadcast(BROADCAST, [payload], self);
    return ack ? DONE : undefined;
  },
};

/** The client shows that it is there, under the key of its join, or no longer. */
const presence: DialectService = {
  async serve(socket, payload) {
    const { event, payload: meta = {} } = recordOf(payload);
    if (event === 'untrack') await socket.untrack();
    else if (event === 'track') await track(socket, meta);
    else throw realtimeErrors.wrongPresence();
    return DONE;
  },
};

/** The client brings another token. Where that is not good, or is no longer good for this topic, it leaves; realtime-js hears why. */
const accessToken: DialectService = {
  asksGuards: true,
  async serve(socket, payload) {
    const { access_token: token } = recordOf(payload);
    if (token === undefined || token === null) return DONE;
    if (typeof token !== 'string') throw realtimeErrors.wrongToken();
    try {
      await socket.renew(token);
      await socket.askGuards('access_token', payload);
    } catch (error) {
      turnOut(socket, error);
      throw error;
    }
    return DONE;
  },
};

/** What realtime-js expects of a server, on the channels of the application. */
export const realtimeServices: DialectServices = {
  keepsPresence: true,
  events: new Map([
    [BROADCAST, broadcast],
    ['presence', presence],
    ['access_token', accessToken],
  ]),
  join(socket) {
    const { wantsDatabase, isPrivate, token } = readConfig(socket.params);
    if (wantsDatabase) throw realtimeErrors.noDatabase();
    if (isPrivate && !socket.isGuarded) throw realtimeErrors.notGuarded();
    return token === undefined ? undefined : socket.renew(token);
  },
};

/**
 * Looks at what a client, or somebody who has posted it, wants to be broadcast.
 *
 * @throws FrameRefusal for what is no broadcast.
 */
export function checkBroadcast({ topic, nameLength }: ServedSocket, payload: unknown): void {
  if (!isUserBroadcast(payload) || payload.event === '') throw realtimeErrors.wrongBroadcast();
  if (payload.event.length > nameLength) throw realtimeErrors.eventTooLong(nameLength);
  if (bytesOf(payload.payload) !== undefined && !fitsBytes(topic, payload)) throw realtimeErrors.tooLongForBytes();
}

function track(socket: ServedSocket, meta: unknown): Promise<void> {
  const { presenceKey } = readConfig(socket.params);
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) throw realtimeErrors.wrongPresence();
  if (presenceKey !== undefined && presenceKey.length > socket.nameLength) throw realtimeErrors.keyTooLong(socket.nameLength);
  return socket.track(meta, presenceKey);
}

/** As Supabase's server does: a message of the system, and then the topic is closed. */
function turnOut(socket: ServedSocket, error: unknown): void {
  const message = reasonOf(error) ?? 'internal error';
  void socket.push('system', [{ extension: 'system', status: 'error', message, channel: socket.topic.replace(/^realtime:/, '') }]);
  socket.leave();
}
