import type { CloseReason } from '../../common/close-reason.js';
import type { ChannelCodec, ChannelDialect, ChannelOffer, ChannelRoute, ChannelVisit } from '../dialect.js';
import { paramsOf } from '../query-params.js';
import { PhoenixLongPoll } from './phoenix.longpoll.js';
import { resolvePhoenixOptions, type PhoenixOptions } from './phoenix.options.js';
import { userTokenIn } from './phoenix.poll-token.js';
import { PhoenixTextCodec } from './phoenix.text.js';
import { PhoenixV1Codec } from './phoenix.v1.js';
import { PhoenixV2Codec } from './phoenix.v2.js';
import { RealtimeCodec } from './realtime.codec.js';
import { realtimeRoutes } from './realtime.routes.js';
import { realtimeServices } from './realtime.services.js';

/** By the version of the serializer. A client that names none speaks the first. */
type Codecs = ReadonlyMap<string, ChannelCodec>;

const first = new PhoenixV1Codec();
const FIRST_VERSION = '1.0.0';
const SECOND_VERSION = '2.0.0';

const phoenixCodecs = codecsWith(new PhoenixV2Codec());

const realtimeCodecs = codecsWith(new RealtimeCodec());

/** What phoenix.js puts before its token, in the second subprotocol that it offers. */
const TOKEN_PREFIX = 'base64url.bearer.phx.';

const NORMAL = 1000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const SERVICE_RESTART = 1012;

/**
 * The dialect of Phoenix Channels: phoenix.js, and every other client of Phoenix, joins topics and pushes events over WebSockets at
 * `{path}/websocket`, and by long polling at `{path}/longpoll`. It has the versions 1.0.0 and 2.0.0 of the serializer, the latter with binary messages.
 *
 * - A client that is silent for a minute is closed; phoenix.js sends a heartbeat every 30 seconds. One that polls has to come back within 15 seconds.
 * - Its clients come back by themselves, today's after every close of the server's, older ones after every code but 1000: only a refusal at connect keeps
 *   them away for good.
 * - They cannot answer what the server asks: `socket.request` and `channels.ask` reject at once.
 * - A token for the guards is taken from the subprotocol, the header `X-Phoenix-AuthToken`, `apikey` or the parameter `token`, in this order.
 * - With `realtime` it serves Supabase's realtime-js: broadcasts, presence, tokens, private channels by guards, and `POST {path}/api/broadcast`,
 *   also without a trailing `/socket` or `/websocket` of the path. Changes of a database it does not serve.
 *
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for an option that cannot be.
 * @see systems.md f: phoenix.js 1.8 and Phoenix.Socket
 * @example
 * \@ChannelEndpoint('/socket', { dialect: phoenix() })
 * export class UserSocket {}
 */
export function phoenix(options: PhoenixOptions = {}): ChannelDialect {
  return resolvePhoenixOptions(options).realtime ? new RealtimeDialect() : new PhoenixDialect();
}

class PhoenixDialect implements ChannelDialect {
  readonly name = 'phoenix';
  readonly canAnswer = false;
  readonly idleTimeout = 60_000;
  protected readonly codecs = phoenixCodecs;

  routes(path: string): ChannelRoute[] {
    const root = path === '/' ? '' : path;
    const { sockets, polls } = this.codecs;
    const longPoll = new PhoenixLongPoll((visit) => offerFor(visit, polls));
    return [
      { kind: 'socket', path: `${root}/websocket`, subprotocol: 'phoenix', connect: (visit) => offerFor(visit, sockets) },
      { kind: 'request', path: `${root}/longpoll`, handle: (exchange, entry) => longPoll.handle(exchange, entry) },
    ];
  }

  token({ request: { headers }, query }: ChannelVisit): string | undefined {
    const offered = tokenAmong(headers['sec-websocket-protocol']);
    const named = [headers['x-phoenix-authtoken'] ?? headers['apikey']].flat()[0];
    return offered ?? named ?? query.get('apikey') ?? userTokenIn(query);
  }

  closeCode({ code, allowReconnect }: CloseReason): number {
    if (code === 'shutdown') return SERVICE_RESTART;
    if (code === 'internal-error') return INTERNAL_ERROR;
    return allowReconnect || code === 'disconnected' ? GOING_AWAY : NORMAL;
  }
}

/** What realtime-js expects beside that. */
class RealtimeDialect extends PhoenixDialect {
  readonly services = realtimeServices;
  protected override readonly codecs = realtimeCodecs;

  override routes(path: string): ChannelRoute[] {
    return [...super.routes(path), ...realtimeRoutes(path, { codec: first, params: {} })];
  }
}

/** For WebSockets, and for polls, whose clients cannot be sent bytes. */
function codecsWith(second: PhoenixV2Codec): Readonly<Record<'sockets' | 'polls', Codecs>> {
  return { sockets: versions(second), polls: versions(new PhoenixTextCodec(second)) };
}

function versions(second: ChannelCodec): Codecs {
  return new Map<string, ChannelCodec>([
    [FIRST_VERSION, first],
    [SECOND_VERSION, second],
  ]);
}

function offerFor({ query }: ChannelVisit, codecs: Codecs): ChannelOffer | undefined {
  const codec = codecs.get(query.get('vsn') ?? FIRST_VERSION);
  return codec && { codec, params: paramsOf(query) };
}

/** Browsers cannot send headers with a WebSocket, but name subprotocols. */
function tokenAmong(subprotocols = ''): string | undefined {
  const names = subprotocols.split(',').map((one) => one.trim());
  const token = names.find((one) => one.startsWith(TOKEN_PREFIX));
  return token === undefined ? undefined : Buffer.from(token.slice(TOKEN_PREFIX.length), 'base64').toString();
}
