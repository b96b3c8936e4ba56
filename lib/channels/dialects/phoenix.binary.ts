import { isUtf8 } from 'node:buffer';
import { dialectErrors } from '../../common/channel-errors.js';
import type { PhoenixFields } from './phoenix.frames.js';

/** The first byte of a message, which says what it is. */
const KINDS = { push: 0, reply: 1, broadcast: 2 } as const;

/** Those of messages that realtime-js adds. */
const OF_REALTIME = [3, 4];

/** What has a length in one byte. */
export const LONGEST = 255;

const EXPECTED = 'the bytes of a push: 0, four lengths of a byte each, join_ref, ref, topic, event, and the payload';

/** Where the first text of a push begins: behind its kind and its four lengths. */
const TEXTS = 5;

/** Whether bytes are what a client or a server of realtime-js says. */
export function isOfRealtime(document: Buffer): boolean {
  return OF_REALTIME.includes(document[0]);
}

/**
 * Reads what a client pushes as bytes.
 *
 * @throws SignalRError for bytes that are nothing of the kind.
 */
export function readBinaryPush(document: Buffer): PhoenixFields {
  if (document[0] !== KINDS.push || document.length < TEXTS) throw dialectErrors.wrongFrame(EXPECTED);
  const ends = [1, 2, 3, 4].reduce<number[]>((known, at) => [...known, (known.at(-1) ?? TEXTS) + document[at]], []);
  const [joinEnd, refEnd, topicEnd, eventEnd] = ends;
  if (eventEnd > document.length) throw dialectErrors.wrongFrame(EXPECTED);
  return {
    joinRef: readName(document.subarray(TEXTS, joinEnd)) || null,
    ref: readName(document.subarray(joinEnd, refEnd)) || null,
    topic: readName(document.subarray(refEnd, topicEnd)),
    event: readName(document.subarray(topicEnd, eventEnd)),
    // The document itself is only good during the call.
    payload: Buffer.from(document.subarray(eventEnd)),
  };
}

/** realtime-js, and phoenix.js before 1.8, write one byte for each character: what is no UTF-8 is meant as it was written. */
export function readName(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/**
 * Writes a message whose payload is bytes.
 *
 * @param fields - in their order; the names are for texts.
 * @throws SignalRError for a field of more than 255 bytes.
 */
export function writeBinary(kind: keyof typeof KINDS, fields: Record<string, string>, payload: Uint8Array): Buffer {
  const texts = Object.entries(fields).map(([name, value]) => bytesOfField(name, value));
  return Buffer.concat([Buffer.from([KINDS[kind], ...texts.map(({ length }) => length)]), ...texts, payload]);
}

/**
 * The bytes of a text whose length stands in one byte.
 *
 * @param name - for texts.
 * @throws SignalRError for more than 255 bytes.
 */
export function bytesOfField(name: string, value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > LONGEST) throw dialectErrors.tooLongForBytes(name, value);
  return bytes;
}
