import { frameErrors, PostRefusal, postErrors, realtimeErrors } from '../../common/channel-errors.js';
import { SignalRError } from '../../common/errors.js';
import type { Entrant, Exchange } from '../../connections/exchange.js';
import type { ChannelEntry, ChannelOffer } from '../dialect.js';
import type { ServedSocket } from '../dialect.services.js';
import { BROADCAST, userBroadcast, type UserBroadcast } from './realtime.broadcast.js';
import type { PostedBroadcast, Reading } from './realtime.messages.js';
import { reasonOf } from './realtime.refusal.js';
import { checkBroadcast } from './realtime.services.js';

/** The largest body where the size of a message has no bound, in bytes. */
const LARGEST = 1_048_576;

const ACCEPTED = 202;
const BAD_REQUEST = 400;
const WRONG_METHOD = 405;

/** Who posts, and where. */
interface Poster {
  readonly exchange: Exchange;
  readonly entry: ChannelEntry;
  readonly entrant: Entrant;
  readonly offer: ChannelOffer;
}

/** A broadcast, and who says it. */
interface Saying {
  readonly socket: ServedSocket;
  readonly said: UserBroadcast;
  readonly isPrivate: boolean;
}

/** Broadcasts what somebody posts whom the guards of the endpoint and of each channel let pass: all of it, or nothing. */
export async function postBroadcasts(exchange: Exchange, entry: ChannelEntry, offer: ChannelOffer, read: Reading): Promise<void> {
  if (exchange.method !== 'POST') return exchange.answer(WRONG_METHOD, '', { Allow: 'POST' });
  const entrant = await exchange.admit();
  const body = entrant && (await exchange.body(entry.options.maximumReceiveMessageSize || LARGEST));
  if (entrant === undefined || body === undefined) return;
  try {
    const sayings = read(exchange, body).map((posted) => sayingOf(posted, { exchange, entry, entrant, offer }));
    for (const saying of sayings) await admit(saying);
    await Promise.all(sayings.map(({ socket, said }) => socket.broadcast(BROADCAST, [said], true)));
    exchange.answer(ACCEPTED);
  } catch (error) {
    refuse(exchange, error);
  }
}

/** @throws FrameRefusal for what nobody could be told. */
function sayingOf({ topic, event, payload, isPrivate }: PostedBroadcast, { exchange, entry, entrant, offer }: Poster): Saying {
  const socket = entry.visitor(exchange.request, entrant, offer, topic);
  if (socket === undefined) throw frameErrors.unmatchedTopic();
  if (topic.length > socket.nameLength) throw frameErrors.nameTooLong('topic', socket.nameLength);
  const said = userBroadcast(event, payload);
  checkBroadcast(socket, said);
  return { socket, said, isPrivate };
}

/** Who may say something over a socket may do so here. */
async function admit({ socket, said, isPrivate }: Saying): Promise<void> {
  if (isPrivate && !socket.isGuarded) throw postErrors.forbidden(realtimeErrors.notGuarded().message);
  try {
    await socket.askGuards(BROADCAST, said);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw postErrors.forbidden(reason);
  }
}

/** Says what is wrong with a request; what is no fault of it is rejected with. */
function refuse(exchange: Exchange, error: unknown): void {
  if (!(error instanceof SignalRError)) throw error;
  const statusCode = error instanceof PostRefusal ? error.status : BAD_REQUEST;
  const answer = JSON.stringify({ statusCode, message: error.message });
  exchange.answer(statusCode, answer, { 'Content-Type': 'application/json; charset=utf-8' });
}
