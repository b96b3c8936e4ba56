import type { ChannelOffer } from '../channels/dialect.js';
import { channelUseErrors } from '../common/channel-errors.js';
import { closeReason } from '../common/close-reason.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Entrant } from '../connections/exchange.js';
import type { GivenWebSocketTransport } from '../connections/transports/given-web-socket.js';
import type { AcceptOptions } from './accept.options.js';
import type { ChannelRegistry, ServedChannels } from './channel.registry.js';
import { visitOf } from './channel-visit.js';
import type { Doorman } from './connect-gate.js';
import { documentsOver, serveGiven } from './given-transport.js';
import { linkUser } from './request-user.js';
import { TimedEntry } from './timed-entry.js';

/** The status that `onConnected` refuses with. */
const FORBIDDEN = 403;

/** The close codes for who may not come in, and for who comes when nobody is there to say so. */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

const REFUSED = closeReason('connect-failed');

/** Who wants to become a session. */
interface Candidate {
  readonly request: OpeningRequest | undefined;
  readonly admitted: Entrant;
  readonly offer: ChannelOffer;
}

/** WebSockets that the application has opened itself, served as if they had come to a path of channels. */
export class ChannelAcceptance {
  constructor(
    private readonly channels: ChannelRegistry,
    private readonly doorman: Doorman,
  ) {}

  /**
   * Serves one until it ends.
   *
   * @param path - its query is the client's, where no request has another.
   * @returns undefined for a path without channels.
   * @throws SignalRError for a path without WebSockets, for a client that is not understood, and for what is no WebSocket.
   */
  accept(path: string, given: unknown, options: AcceptOptions): Promise<void> | undefined {
    const found = this.channels.find(path);
    if (found === undefined) return undefined;
    const { served, route, parameter } = found;
    if (route.kind === 'request') throw channelUseErrors.noSocketsThere(path);
    const { request, user = request?.user, signal } = options;
    const offer = route.connect(visitOf(request ?? standIn(path), parameter));
    if (offer === undefined) throw channelUseErrors.notUnderstood(path, served.endpoint.dialect.name);
    const admitted = { user, userIdentifier: served.endpoint.identify(user) };
    const transport = documentsOver(given, served.endpoint.options, served.entry.clock);
    return this.serve(served, transport, { request, admitted, offer }, signal);
  }

  /** What the client says meanwhile is for the session. */
  private async serve(
    served: ServedChannels,
    transport: GivenWebSocketTransport,
    candidate: Candidate,
    signal?: AbortSignal,
  ): Promise<void> {
    transport.pause();
    const { request, admitted, offer } = candidate;
    const prepared = await new TimedEntry(served, this.doorman).prepare(request, admitted, offer);
    if (prepared.refusal !== undefined) return transport.close(REFUSED, prepared.status === FORBIDDEN ? POLICY_VIOLATION : TRY_AGAIN_LATER);
    if (request !== undefined) linkUser(request, prepared);
    const connection = served.entry.begin(prepared, transport);
    const ended = serveGiven(connection, transport, signal);
    transport.resume();
    return ended;
  }
}

/** Where nothing is known but the path. */
function standIn(url: string): OpeningRequest {
  return { url, headers: {} } as OpeningRequest;
}
