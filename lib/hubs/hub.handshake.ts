import { asError, handshakeErrors, type SignalRError } from '../common/errors.js';
import { parseHandshakeRequest } from '../protocol/handshake.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { errorDetail } from './call-errors.js';

/** The protocols of a hub by their names in small letters. */
export type Protocols = ReadonlyMap<string, HubProtocol>;

/** The newest version of a protocol that is spoken: 2 adds what a stateful reconnect needs. */
const NEWEST_VERSION = 2;

/**
 * Reads a handshake request and finds the protocol that it asks for.
 *
 * @throws SignalRError for a request that is none, a protocol that is not spoken, and a version that is too new.
 */
export function agreeOnProtocol(protocols: Protocols, bytes: Buffer, start: number, end: number): HubProtocol {
  const { protocol: name, version } = parseHandshakeRequest(bytes, start, end);
  const protocol = protocols.get(name.toLowerCase());
  if (protocol === undefined) throw handshakeErrors.unknownProtocol(name);
  if (version > Math.min(protocol.version, NEWEST_VERSION)) throw handshakeErrors.versionTooHigh(version, name);
  return protocol;
}

/** The sentence that a client gets for a handshake that failed. A request larger than any message may be is one that never ended. */
export function handshakeErrorText(error: unknown, detailed: boolean): string {
  const { code, message } = asError(error) as Partial<SignalRError>;
  if (code === 'ERR_SIGNALR_HANDSHAKE') return message as string;
  if (code === 'ERR_SIGNALR_MESSAGE_SIZE') return handshakeErrors.canceled().message;
  return handshakeErrors.unexpected(errorDetail(error, detailed).trimStart()).message;
}
