import { types } from 'node:util';

/** The bytes of a payload that is nothing but bytes. */
export function bytesOf(payload: unknown): Uint8Array | undefined {
  if (types.isUint8Array(payload)) return payload;
  return types.isAnyArrayBuffer(payload) ? new Uint8Array(payload) : undefined;
}
