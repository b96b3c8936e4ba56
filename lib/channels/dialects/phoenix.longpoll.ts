import type { Connection } from '../../connections/connection.js';
import type { Exchange } from '../../connections/exchange.js';
import type { ChannelEntry, ChannelOffer, ChannelVisit } from '../dialect.js';
import { retryHeaders } from '../retry-headers.js';
import { answerPoll, GONE, refusePoll } from './phoenix.poll-answer.js';
import { readPollToken } from './phoenix.poll-token.js';
import { PhoenixPolling } from './phoenix.polling.js';

/** By which phoenix.js shows who its user is: with polls, but not with what it posts. */
const AUTH_TOKEN = 'x-phoenix-authtoken';

const NOT_UNDERSTOOD = 'The dialect of this client is not spoken here.';
const ANOTHER_USER = 'The session is that of another user.';

/** The session that a request names. */
interface Found {
  readonly connection: Connection;
  readonly transport: PhoenixPolling;
}

/** The path of long polling: GET opens a session or polls for what is said in it, POST says something. */
export class PhoenixLongPoll {
  /** @param offerFor - what a client is offered; undefined for one that is not understood. */
  constructor(private readonly offerFor: (visit: ChannelVisit) => ChannelOffer | undefined) {}

  handle(exchange: Exchange, entry: ChannelEntry): void | Promise<void> {
    const { method } = exchange;
    if (method !== 'GET' && method !== 'POST') return exchange.answer(405, '', { Allow: 'GET, POST' });
    const token = readPollToken(exchange);
    if (token === undefined && method === 'GET') return this.open(exchange, entry);
    const found = token === undefined ? undefined : find(token, entry);
    return found === undefined ? answerPoll(exchange, GONE) : goOn(exchange, found);
  }

  private async open(exchange: Exchange, entry: ChannelEntry): Promise<void> {
    const entrant = await exchange.admit((status) => refusePoll(exchange, status));
    if (entrant === undefined) return;
    const offer = this.offerFor(exchange);
    if (offer === undefined) return refusePoll(exchange, 403, NOT_UNDERSTOOD);
    const prepared = await entry.prepare(exchange.request, entrant, offer);
    if (prepared.refusal !== undefined) return refusePoll(exchange, prepared.status, prepared.refusal, retryHeaders(prepared));
    const transport = new PhoenixPolling(entry);
    transport.serve(entry.begin(prepared, transport), exchange);
  }
}

function find(token: string, entry: ChannelEntry): Found | undefined {
  const connection = entry.find(token);
  const transport = connection?.transport;
  return connection !== undefined && transport instanceof PhoenixPolling ? { connection, transport } : undefined;
}

async function goOn(exchange: Exchange, { connection, transport }: Found): Promise<void> {
  if (!isKnownByToken(exchange, connection) && !(await isOwner(exchange, connection))) return;
  if (exchange.method === 'POST') return transport.post(exchange);
  transport.take(exchange);
}

/** Whether the session's token is all that a client can bring that is who it says. */
function isKnownByToken({ method, headers }: Exchange, { request }: Connection): boolean {
  return method === 'POST' && request?.headers[AUTH_TOKEN] !== undefined && headers[AUTH_TOKEN] === undefined;
}

/** Who is somebody else is turned away, and the session undisturbed. */
async function isOwner(exchange: Exchange, { userIdentifier }: Connection): Promise<boolean> {
  const entrant = await exchange.readmit((status) => refusePoll(exchange, status));
  if (entrant === undefined) return false;
  if (entrant.userIdentifier === userIdentifier) return true;
  refusePoll(exchange, 403, ANOTHER_USER);
  return false;
}
