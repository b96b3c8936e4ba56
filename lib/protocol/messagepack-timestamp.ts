import { Head } from './messagepack-format.js';
import type { MessagePackInput } from './messagepack-input.js';
import type { MessagePackOutput } from './messagepack-output.js';

/** The extension type of points in time, the only one that the specification of MessagePack defines. */
const TIMESTAMP = -1;
/** The lengths of its three forms: seconds in 32 bits, or in 34 with nanoseconds, or in 64 with nanoseconds. */
const SHORT = 4;
const MEDIUM = 8;
const LONG = 12;

const TWO_TO_32 = 0x1_0000_0000;
const TWO_TO_34 = 4 * TWO_TO_32;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;
const LAST_NANOSECOND = 999_999_999;

/**
 * Takes the extension that was opened, if it is a timestamp. What is finer than a millisecond is cut off.
 *
 * @returns undefined for another extension type, another length, and a time that a `Date` cannot be.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type
 * @internal
 */
export function takeTimestamp(input: MessagePackInput): Date | undefined {
  const { bytes, at, length } = input;
  if (bytes.readInt8(at) !== TIMESTAMP) return undefined;
  input.at += 1 + length;
  switch (length) {
    case SHORT:
      return dateOf(bytes.readUInt32BE(at + 1), 0);
    case MEDIUM:
      return mediumDate(bytes.readUInt32BE(at + 1), bytes.readUInt32BE(at + 5));
    case LONG:
      return dateOf(bytes.readInt32BE(at + 5) * TWO_TO_32 + bytes.readUInt32BE(at + 9), bytes.readUInt32BE(at + 1));
  }
  return undefined;
}

/**
 * Writes a date in the shortest form that it fits into. It has to be a valid one.
 *
 * @internal
 */
export function writeTimestamp(output: MessagePackOutput, date: Date): void {
  const time = date.getTime();
  const seconds = Math.floor(time / 1_000);
  const nanoseconds = (time - seconds * 1_000) * NANOSECONDS_PER_MILLISECOND;
  if (seconds < 0 || seconds >= TWO_TO_34) writeLong(output, seconds, nanoseconds);
  else if (nanoseconds > 0 || seconds >= TWO_TO_32) writeMedium(output, seconds, nanoseconds);
  else writeShort(output, seconds);
}

function mediumDate(high: number, low: number): Date | undefined {
  return dateOf((high & 3) * TWO_TO_32 + low, high >>> 2);
}

function dateOf(seconds: number, nanoseconds: number): Date | undefined {
  if (nanoseconds > LAST_NANOSECOND) return undefined;
  const date = new Date(seconds * 1_000 + Math.floor(nanoseconds / NANOSECONDS_PER_MILLISECOND));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function writeShort(output: MessagePackOutput, seconds: number): void {
  output.uint8(Head.FixedExtension + 2, TIMESTAMP & 0xff);
  output.word(seconds);
}

function writeMedium(output: MessagePackOutput, seconds: number, nanoseconds: number): void {
  output.uint8(Head.FixedExtension + 3, TIMESTAMP & 0xff);
  output.word(nanoseconds * 4 + Math.floor(seconds / TWO_TO_32));
  output.word(seconds >>> 0);
}

function writeLong(output: MessagePackOutput, seconds: number, nanoseconds: number): void {
  output.uint8(Head.Extension, LONG);
  output.byte(TIMESTAMP & 0xff);
  output.word(nanoseconds);
  output.word(Math.floor(seconds / TWO_TO_32) >>> 0);
  output.word(seconds >>> 0);
}
