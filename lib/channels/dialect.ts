import type { Clock } from '../common/clock.js';
import type { CloseReason } from '../common/close-reason.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Connection } from '../connections/connection.js';
import type { ResolvedConnectionOptions } from '../connections/connection.options.js';
import type { AnswerHeaders, Entrant, Exchange } from '../connections/exchange.js';
import type { Transport } from '../connections/transport.js';
import type { Encoding } from '../delivery/prepared-message.js';
import type { ChannelMessage } from './channel.message.js';
import type { DialectServices, ServedSocket } from './dialect.services.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from './frames.js';
import type { LeaveReason } from './leave-reason.js';
import type { MessageMeta } from './message-meta.js';

/** One document on the wire: a text, or bytes. */
export type ChannelDocument = string | Uint8Array;

/** A socket as the codec of its session sees it. */
export interface CodecTarget {
  readonly topic: string;
  /** Of the join that it came by. */
  readonly joinRef: FrameRef;
}

/**
 * A dialect in one of its versions: makes frames of documents, and documents of what the server says. One without state is one object for all
 * sessions; one that remembers things is made anew for each session.
 */
export interface ChannelCodec {
  /** For texts and tests, such as 'phoenix 2.0.0'. */
  readonly name: string;
  /** Writes what is said to all members of a topic. It is the same object for all sessions that understand the same bytes. */
  readonly encoding: Encoding<ChannelMessage>;
  /**
   * Reads one document.
   *
   * @returns its frames in their order; none for what is to be passed over.
   * @throws SignalRError for what cannot be read: it ends the session.
   */
  decode(document: Buffer, isBinary: boolean): readonly ChannelFrame[];
  /**
   * Answers a frame. After the answer to a leave the client is told that the topic is closed, by {@link close}.
   *
   * @param payload - undefined for nothing in particular.
   * @returns undefined where the dialect has no answer to such a frame.
   * @throws what cannot be written for.
   */
  reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown, meta?: MessageMeta): ChannelDocument | undefined;
  /**
   * Says something to one socket. Throws what cannot be written for.
   *
   * @param offset - where it stands in the history of its topic, for dialects that tell it to their clients.
   */
  push(target: CodecTarget, event: string, args: readonly unknown[], offset?: number): ChannelDocument;
  /** Asks one socket, whose client answers with the same id. Only where the dialect's clients can. */
  request?(target: CodecTarget, id: number, event: string, args: readonly unknown[]): ChannelDocument;
  /** Tells the client that nobody waits any more for the answer to a request. */
  cancel?(target: CodecTarget, id: number): ChannelDocument | undefined;
  /**
   * Tells the client that its socket has left the topic; undefined where it knows by then.
   *
   * @param cause - what the client said to bring that about; undefined where it was the server.
   */
  close(target: CodecTarget, reason: LeaveReason, cause?: JoinFrame | LeaveFrame): ChannelDocument | undefined;
  /** Tells the client that something went wrong with its socket, which has left: it may join again. */
  crash(target: CodecTarget): ChannelDocument | undefined;
}

/** A request that wants to become a session, as a dialect sees it. */
export interface ChannelVisit {
  readonly request: OpeningRequest;
  /** The query as the client wrote it. */
  readonly query: URLSearchParams;
  /** What stands in the path at the place of `:name`. */
  readonly parameter: string | undefined;
}

/** What a dialect makes of a visit. */
export interface ChannelOffer {
  readonly codec: ChannelCodec;
  /** What `session.params` is. */
  readonly params: Readonly<Record<string, string>>;
  /** Topics that the session joins before it says anything. */
  readonly joins?: readonly string[];
}

/** A path at which WebSockets are served. */
export interface SocketRoute {
  readonly kind: 'socket';
  /** The whole path; its last segment may be `:name` and stands for any one then. */
  readonly path: string;
  /** The subprotocol that is spoken, with clients that offer it. */
  readonly subprotocol?: string;
  /** @returns undefined for a client that is not understood: it is refused with 403. */
  connect(visit: ChannelVisit): ChannelOffer | undefined;
}

/** A session that `onConnected` has let in, and that waits for what carries it. */
export interface PreparedSession {
  readonly refusal?: undefined;
  /** Public. */
  readonly id: string;
  /** Secret: whoever knows it may act as this session. */
  readonly token: string;
}

/** Why `onConnected`, a limit, or a server that waits no longer lets somebody not in. */
export interface SessionRefusal {
  /** A sentence for the client. */
  readonly refusal: string;
  /** That of HTTP: 403 where `onConnected` refuses, 429 or 503 where it is not that. */
  readonly status: number;
  /** When it is worth trying again, in seconds, where that is known. */
  readonly retryAfter?: number;
}

/** The way into an endpoint, for what is served over requests. */
export interface ChannelEntry {
  readonly clock: Clock;
  readonly options: ResolvedConnectionOptions;
  /** How long a session may be without a request, in milliseconds. */
  readonly disconnectTimeout: number;
  /**
   * Makes a session and asks `onConnected`, but waits for that no longer than `handshakeTimeout`, nor when the application ends; never rejects.
   * Either {@link begin} or {@link abandon} has to come after it, at once.
   */
  prepare(request: OpeningRequest, entrant: Entrant, offer: ChannelOffer): Promise<PreparedSession | SessionRefusal>;
  /** Gives a session what carries it; the transport is to hand on what it reads from then on. */
  begin(session: PreparedSession, transport: Transport): Connection;
  /** Ends a session that has nothing to carry it. */
  abandon(session: PreparedSession): void;
  /** The session of a token, while it lives. */
  find(token: string): Connection | undefined;
  /**
   * Somebody who says something in a topic without having joined it, by one request.
   *
   * @returns undefined where no channel of the endpoint has such topics.
   */
  visitor(request: OpeningRequest, entrant: Entrant, offer: ChannelOffer, topic: string): ServedSocket | undefined;
}

/** A path at which HTTP requests are answered. */
export interface RequestRoute {
  readonly kind: 'request';
  /** As that of a {@link SocketRoute}; a last segment `*` stands for all that follows, which is the parameter as it was written. */
  readonly path: string;
  /** Answers a request, or keeps it for a transport of the dialect's own. What it rejects with is answered with 500. */
  handle(exchange: Exchange, entry: ChannelEntry): void | Promise<void>;
  /** Set where several endpoints may have the path, for it is the same what is answered there: the first one answers. */
  readonly isCommon?: boolean;
  /** What the answers to preflights say beside the origin, in place of what they say else. */
  readonly preflight?: AnswerHeaders;
}

/** A path of a dialect and what is done there. */
export type ChannelRoute = SocketRoute | RequestRoute;

/** How channels sound on the wire. Implement it for clients of your own; {@link phoenix} makes one. */
export interface ChannelDialect {
  /** For people: it stands in errors and in `socket.dialect`. */
  readonly name: string;
  /** Whether its clients can answer what the server asks. Its codecs have `request` then. */
  readonly canAnswer: boolean;
  /** A session that is silent for so many milliseconds is closed, where nobody says otherwise; 0 is never. */
  readonly idleTimeout: number;
  /** What people should know who start an application with it, if anything. */
  readonly warning?: string;
  /** What it does by itself, if anything. */
  readonly services?: DialectServices;
  /** The paths of an endpoint. */
  routes(path: string): readonly ChannelRoute[];
  /** The token by which guards know somebody, where `Authorization` is missing. */
  token(visit: ChannelVisit): string | undefined;
  /** The code of a WebSocket's close frame. */
  closeCode(reason: CloseReason): number;
}
