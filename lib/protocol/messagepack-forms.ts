import { Head } from './messagepack-format.js';
import type { MessagePackOutput } from './messagepack-output.js';

// Of the forms that a value can have, the shortest one is written, as MessagePack-CSharp and @msgpack/msgpack do.

const TWO_TO_32 = 0x1_0000_0000;

/** @internal */
export function writeNil(output: MessagePackOutput): void {
  output.byte(Head.Nil);
}

/** @internal */
export function writeBoolean(output: MessagePackOutput, value: boolean): void {
  output.byte(value ? Head.True : Head.False);
}

/**
 * An integer as an integer, if it is a safe one; any other number as a float of 64 bits.
 *
 * @internal
 */
export function writeNumber(output: MessagePackOutput, value: number): void {
  if (!Number.isSafeInteger(value)) output.float64(Head.Float64, value);
  else if (value >= 0) writePositive(output, value);
  else writeNegative(output, value);
}

/**
 * Always in 64 bits: by that, peers tell a bigint from a number. The value has to be within them.
 *
 * @internal
 */
export function writeBigint(output: MessagePackOutput, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  const head = BigInt.asIntN(64, value) === value ? Head.Int64 : Head.Uint64;
  output.uint64(head, Number(bits >> 32n), Number(bits & 0xffff_ffffn));
}

/** @internal */
export function writeBinary(output: MessagePackOutput, value: Uint8Array): void {
  output.shortest(Head.Bytes, value.length);
  output.raw(value);
}

/**
 * What a list begins with; its items follow.
 *
 * @internal
 */
export function writeListHead(output: MessagePackOutput, length: number): void {
  if (length < 16) output.byte(Head.ShortList + length);
  else writeLongHead(output, Head.List, length);
}

/**
 * What a map begins with; its pairs follow, key before value.
 *
 * @internal
 */
export function writeMapHead(output: MessagePackOutput, length: number): void {
  if (length < 16) output.byte(Head.ShortMap + length);
  else writeLongHead(output, Head.Map, length);
}

function writeLongHead(output: MessagePackOutput, head: number, length: number): void {
  if (length <= 0xffff) output.uint16(head, length);
  else output.uint32(head + 1, length);
}

function writePositive(output: MessagePackOutput, value: number): void {
  if (value < 0x80) output.byte(value);
  else if (value < TWO_TO_32) output.shortest(Head.Uint8, value);
  else writeWide(output, Head.Uint64, value);
}

function writeNegative(output: MessagePackOutput, value: number): void {
  if (value >= -0x20) output.byte(value & 0xff);
  else if (value >= -0x80) output.uint8(Head.Int8, value & 0xff);
  else if (value >= -0x8000) output.uint16(Head.Int16, value & 0xffff);
  else if (value >= -0x8000_0000) output.uint32(Head.Int32, value >>> 0);
  else writeWide(output, Head.Int64, value);
}

function writeWide(output: MessagePackOutput, head: number, value: number): void {
  output.uint64(head, Math.floor(value / TWO_TO_32) >>> 0, value >>> 0);
}
