import { types } from 'node:util';

/** What a stream or a WebSocket of somebody else's has given, as bytes. Undefined for what is neither text nor bytes. */
export function givenBytes(data: unknown): Buffer | undefined {
  if (Buffer.isBuffer(data)) return data;
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return types.isAnyArrayBuffer(data) ? Buffer.from(data) : undefined;
}
