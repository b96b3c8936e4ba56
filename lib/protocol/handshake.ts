import { protocolErrors } from '../common/errors.js';
import { readText } from '../common/json-text.js';
import { writeString } from '../common/json-values.js';
import { RECORD_SEPARATOR } from './framing.js';
import { readProperties } from './json-properties.js';

/** As System.Text.Json; a handshake has no option for it. */
const MAXIMUM_DEPTH = 64;

/** The first message of a client. It is JSON whatever protocol it asks for. */
export interface HandshakeRequest {
  /** The name of the protocol that the client wants to speak, in any case. */
  protocol: string;
  /** Its version of it; zero and negative numbers occur. */
  version: number;
}

/** The first message of a server: an error, or nothing when all is well. */
export interface HandshakeResponse {
  error?: string;
}

/**
 * Reads a handshake request between `start` and `end`, the borders without the separator. Unknown properties and what follows the object
 * are ignored; of a property that occurs twice the last one counts.
 *
 * @throws SignalRError `InvalidDataException` for bytes that are none.
 * @see signalr.md §1.8: SignalR Hub Protocol, "HandshakeRequest Message"; the texts are those of ASP.NET Core's HandshakeProtocol
 */
export function parseHandshakeRequest(bytes: Buffer, start: number, end: number): HandshakeRequest {
  const text = readText(bytes, start, end, MAXIMUM_DEPTH);
  let protocol: string | undefined;
  let version: number | undefined;
  for (const { name, value } of readProperties(text)) {
    if (name === 'protocol') protocol = stringOf(name, value);
    else if (name === 'version') version = integerOf(name, value);
  }
  if (protocol === undefined) throw protocolErrors.missingInHandshake('protocol', text);
  if (version === undefined) throw protocolErrors.missingInHandshake('version', text);
  return { protocol, version };
}

/**
 * Writes the answer to a handshake request, with its separator.
 *
 * @param error - why the connection ends now; undefined or empty when it does not.
 */
export function writeHandshakeResponse(error?: string): string {
  return error ? `{"error":${writeString(error)}}${RECORD_SEPARATOR}` : `{}${RECORD_SEPARATOR}`;
}

/** Writes a handshake request as a client does, with its separator. */
export function writeHandshakeRequest(protocol: string, version: number): string {
  return `{"protocol":${writeString(protocol)},"version":${version}}${RECORD_SEPARATOR}`;
}

/**
 * Reads a server's answer between `start` and `end` as a client does.
 *
 * @throws SignalRError `InvalidDataException` for bytes that are none, and for a hub message.
 */
export function parseHandshakeResponse(bytes: Buffer, start: number, end: number): HandshakeResponse {
  const response: HandshakeResponse = {};
  for (const { name, value } of readProperties(readText(bytes, start, end, MAXIMUM_DEPTH))) {
    if (name === 'type') throw protocolErrors.notAHandshakeResponse();
    if (name === 'error') response.error = stringOf(name, value);
  }
  return response;
}

function stringOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw protocolErrors.wrongType(name, 'String');
  return value;
}

/** A null is no version, as for ASP.NET Core: the error is then that it is missing. */
function integerOf(name: string, value: unknown): number | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'number' || (value | 0) !== value) throw protocolErrors.wrongType(name, 'Number');
  return value;
}
