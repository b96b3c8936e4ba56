import type { AnswerHeaders, Exchange } from '../../connections/exchange.js';
import type { ChannelEntry, SessionRefusal } from '../dialect.js';
import { retryHeaders } from '../retry-headers.js';
import { paramsOf } from '../query-params.js';
import { ChainCodec } from './chain.codec.js';
import { exposure } from './chain.cors.js';
import type { TabCookie, TabSessions } from './chain.cookie.js';
import type { ResolvedChainOptions } from './chain.options.js';
import { GONE } from './chain.posts.js';
import { ChainTransport } from './chain.transport.js';

/** Clients that name no tab have one. */
const ONLY_TAB = 'sid';
const LONGEST_TAB = 64;

const codec = new ChainCodec();

/** One request, and what its cookie says. */
interface Visit {
  readonly exchange: Exchange;
  readonly entry: ChannelEntry;
  readonly tab: string;
  readonly sessions: TabSessions;
}

/** The session that a request means. */
interface Found {
  readonly transport: ChainTransport;
  readonly userIdentifier: string | undefined;
}

/** The path of the stream: GET opens one or goes on with a session, POST says something. */
export class ChainEntrance {
  constructor(
    private readonly options: ResolvedChainOptions,
    private readonly cookie: TabCookie,
  ) {}

  handle(exchange: Exchange, entry: ChannelEntry): void | Promise<void> {
    const tab = exchange.query.get('sid') ?? ONLY_TAB;
    if (tab.length > LONGEST_TAB) return exchange.answer(400, `The name of a tab has at most ${LONGEST_TAB} characters.`);
    const visit = { exchange, entry, tab, sessions: this.cookie.read(exchange.headers.cookie) };
    if (exchange.method === 'GET') return this.open(visit);
    if (exchange.method === 'POST') return this.post(visit);
    exchange.answer(405, '', { Allow: 'GET, POST' });
  }

  private async open(visit: Visit): Promise<void> {
    const { exchange } = visit;
    const entrant = await exchange.admit();
    if (entrant === undefined || this.resume(visit, entrant.userIdentifier)) return;
    const { entry } = visit;
    const prepared = await entry.prepare(exchange.request, entrant, { codec, params: paramsOf(exchange.query) });
    if (prepared.refusal !== undefined) return refuse(exchange, prepared);
    const transport = this.transportFor(entry);
    const connection = entry.begin(prepared, transport);
    visit.sessions.delete(visit.tab);
    visit.sessions.set(visit.tab, connection.token);
    transport.serve(connection, exchange, this.headersFor(visit));
  }

  /** A session of another user is left alone, and one that cannot go on as it was makes way for a new one. */
  private resume(visit: Visit, userIdentifier: string | undefined): boolean {
    const { exchange } = visit;
    const found = this.find(visit);
    if (found === undefined || found.userIdentifier !== userIdentifier) return false;
    const position = exchange.headers['last-event-id'] ?? exchange.query.get('lastEventId') ?? undefined;
    found.transport.knownSince = visit.entry.clock.now();
    if (found.transport.take(exchange, this.headersFor(visit), [position].flat()[0])) return true;
    found.transport.abandon();
    return false;
  }

  /** Who has the cookie is the one who opened the session: no guard is asked again. */
  private post(visit: Visit): void | Promise<void> {
    const { exchange, entry } = visit;
    const found = this.find(visit);
    if (found === undefined) return exchange.answer(410, GONE);
    return found.transport.post(exchange, { ...exposure(this.options.cors), ...this.renew(visit, found.transport, entry.clock.now()) });
  }

  private find({ entry, sessions, tab }: Visit): Found | undefined {
    const token = sessions.get(tab);
    const connection = token === undefined ? undefined : entry.find(token);
    const transport = connection?.transport;
    return transport instanceof ChainTransport ? { transport, userIdentifier: connection?.userIdentifier } : undefined;
  }

  /** A session may last longer than its cookie. */
  private renew(visit: Visit, transport: ChainTransport, now: number): AnswerHeaders {
    if (now - transport.knownSince < (this.options.cookie.maxAge * 1_000) / 2) return {};
    transport.knownSince = now;
    return this.remember(visit);
  }

  private headersFor(visit: Visit): AnswerHeaders {
    return { ...exposure(this.options.cors), ...this.remember(visit) };
  }

  private remember({ sessions }: Visit): AnswerHeaders {
    return { 'Set-Cookie': this.cookie.write(sessions) };
  }

  private transportFor({ clock, options }: ChannelEntry): ChainTransport {
    const { resumeWindow, resumeQueue } = this.options;
    return new ChainTransport({ resumeWindow, resumeQueue, options, clock, check: (body) => void codec.decode(body) });
  }
}

function refuse(exchange: Exchange, refused: SessionRefusal): void {
  exchange.answer(refused.status, `Could not initialize connection: ${refused.refusal}`, retryHeaders(refused));
}
