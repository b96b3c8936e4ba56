import { asError, handshakeErrors, type SignalRError } from '../common/errors.js';
import { parseHandshakeRequest, writeHandshakeRequest } from '../protocol/handshake.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { errorDetail } from './call-errors.js';

/** The newest version of a protocol that is spoken: 2 adds what a stateful reconnect needs. */
export const NEWEST_VERSION = 2;
/** No request of an official client is longer. */
const LONGEST_USUAL = 64;

/** What a handshake has agreed on. */
export interface Agreement {
  readonly protocol: HubProtocol;
  /** That the client asked for. */
  readonly version: number;
}

/** What the handshakes of one hub can agree on. */
export class Handshakes {
  /** By their names in small letters. */
  private readonly protocols: ReadonlyMap<string, HubProtocol>;
  /** By the very text that official clients ask for them with: to read it took 3 % of a connect. */
  private readonly usual: ReadonlyMap<string, Agreement>;

  constructor(protocols: readonly HubProtocol[]) {
    this.protocols = new Map(protocols.map((protocol) => [protocol.name.toLowerCase(), protocol]));
    this.usual = new Map([1, NEWEST_VERSION].flatMap((version) => usualRequests(protocols, version)));
  }

  /**
   * Reads a handshake request and finds the protocol that it asks for, with its version.
   *
   * @throws SignalRError for a request that is none, a protocol that is not spoken, and a version that is too new.
   */
  agree(bytes: Buffer, start: number, end: number): Agreement {
    const usual = end - start <= LONGEST_USUAL ? this.usual.get(bytes.toString('latin1', start, end)) : undefined;
    return usual ?? this.find(bytes, start, end);
  }

  private find(bytes: Buffer, start: number, end: number): Agreement {
    const { protocol: name, version } = parseHandshakeRequest(bytes, start, end);
    const protocol = this.protocols.get(name.toLowerCase());
    if (protocol === undefined) throw handshakeErrors.unknownProtocol(name);
    if (version > Math.min(protocol.version, NEWEST_VERSION)) throw handshakeErrors.versionTooHigh(version, name);
    return { protocol, version };
  }
}

function usualRequests(protocols: readonly HubProtocol[], version: number): [string, Agreement][] {
  const speaking = protocols.filter((protocol) => protocol.version >= version);
  return speaking.map((protocol) => [writeHandshakeRequest(protocol.name, version).slice(0, -1), { protocol, version }]);
}

/** The sentence that a client gets for a handshake that failed. A request larger than any message may be is one that never ended. */
export function handshakeErrorText(error: unknown, detailed: boolean): string {
  const { code, message } = asError(error) as Partial<SignalRError>;
  if (code === 'ERR_SIGNALR_HANDSHAKE') return message as string;
  if (code === 'ERR_SIGNALR_MESSAGE_SIZE') return handshakeErrors.canceled().message;
  return handshakeErrors.unexpected(errorDetail(error, detailed).trimStart()).message;
}
