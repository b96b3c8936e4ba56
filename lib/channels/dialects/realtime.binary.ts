import { dialectErrors } from '../../common/channel-errors.js';
import { readJson, writeValue } from './json-payload.js';
import { bytesOfField, LONGEST, readName } from './phoenix.binary.js';
import type { PhoenixFields } from './phoenix.frames.js';
import { BROADCAST, type UserBroadcast, userBroadcast } from './realtime.broadcast.js';

/** The first byte of a message: what a client says, and what it is told. */
const PUSHED = 3;
const TOLD = 4;

/** How a payload is written. */
const BYTES = 0;
const JSON_TEXT = 1;

/** Where the first text of a pushed broadcast begins: behind its kind, its five lengths and its encoding. */
const TEXTS = 7;

const EXPECTED =
  'the bytes of a broadcast: 3, five lengths of a byte each, 0 or 1 for bytes or JSON, join_ref, ref, topic, event, metadata, and the payload';

/** Whether bytes are a broadcast of realtime-js. */
export function isPushedBroadcast(document: Buffer): boolean {
  return document[0] === PUSHED;
}

/**
 * Reads a broadcast of realtime-js.
 *
 * @throws SignalRError for bytes that are nothing of the kind.
 */
export function readUserBroadcast(document: Buffer): PhoenixFields {
  if (document.length < TEXTS) throw dialectErrors.wrongFrame(EXPECTED);
  const ends = [1, 2, 3, 4, 5].reduce<number[]>((known, at) => [...known, (known.at(-1) ?? TEXTS) + document[at]], []);
  const start = ends[4];
  if (start > document.length) throw dialectErrors.wrongFrame(EXPECTED);
  const [joinRef, ref, topic, event, metadata] = ends.map((end, index) => readName(document.subarray(ends[index - 1] ?? TEXTS, end)));
  const payload = readPayload(document[TEXTS - 1], document.subarray(start));
  const meta = metadata === '' ? undefined : { meta: readJson(Buffer.from(metadata)) };
  return { joinRef: joinRef || null, ref: ref || null, topic, event: BROADCAST, payload: { ...userBroadcast(event, payload), ...meta } };
}

/**
 * Writes a broadcast whose payload is bytes, which JSON could not hold.
 *
 * @throws SignalRError for a topic, an event or metadata of more than 255 bytes.
 */
export function writeUserBroadcast(topic: string, broadcast: UserBroadcast, payload: Uint8Array): Buffer {
  const texts = Object.entries(namesOf(topic, broadcast)).map(([name, value]) => bytesOfField(name, value));
  return Buffer.concat([Buffer.from([TOLD, ...texts.map(({ length }) => length), BYTES]), ...texts, payload]);
}

/** Whether a broadcast of bytes can be written: for each of its names there is room for 255 bytes. */
export function fitsBytes(topic: string, broadcast: UserBroadcast): boolean {
  return Object.values(namesOf(topic, broadcast)).every((name) => Buffer.byteLength(name) <= LONGEST);
}

function namesOf(topic: string, { event, meta }: UserBroadcast): Record<string, string> {
  return { topic, event, metadata: meta === undefined ? '' : writeValue(meta) };
}

function readPayload(encoding: number, bytes: Buffer): unknown {
  // The document itself is only good during the call.
  if (encoding === BYTES) return Buffer.from(bytes);
  if (encoding !== JSON_TEXT) throw dialectErrors.wrongFrame(EXPECTED);
  return readJson(bytes);
}
