import { describe, expect, it } from '@jest/globals';
import { PhoenixTextCodec } from '../../lib/channels/dialects/phoenix.text.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { RealtimeCodec } from '../../lib/channels/dialects/realtime.codec.js';

const BYTES = Buffer.from([0, 1, 254, 255]);
const BASE64 = 'AAH+/w==';

const codec = new PhoenixTextCodec(new PhoenixV2Codec());
const realtime = new PhoenixTextCodec(new RealtimeCodec());

const parsed = (document: unknown): unknown => JSON.parse(document as string);

describe("Version 2.0.0 of Phoenix' serializer for clients that cannot be sent bytes", () => {
  it.each([BYTES, new Uint8Array(BYTES), new Uint8Array(BYTES).buffer, Buffer.concat([BYTES, BYTES]).subarray(4)])(
    'writes bytes as base64',
    (bytes) => {
      expect(parsed(codec.write({ isShared: true, topic: 't', event: 'e', args: [bytes] }))).toEqual([null, null, 't', 'e', BASE64]);
      expect(parsed(codec.push({ topic: 't', joinRef: '1' }, 'e', [bytes], 7))).toEqual(['1', '@7', 't', 'e', BASE64]);
      const frame = { kind: 'event', topic: 't', ref: '2', joinRef: '1', event: 'e', args: [] } as const;
      expect(parsed(codec.reply(frame, 'ok', bytes))).toEqual(['1', '2', 't', 'phx_reply', { status: 'ok', response: BASE64 }]);
    },
  );

  it('writes all else as ever', () => {
    const message = { isShared: true, topic: 't', event: 'e', args: [{ a: 1 }], offset: 3 };
    expect(codec.write(message)).toBe(new PhoenixV2Codec().write(message));
    expect(codec.name).toBe('phoenix 2.0.0');
  });

  it('reads bytes', () => {
    const pushed = Buffer.concat([Buffer.from([0, 1, 1, 1, 1]), Buffer.from('12te'), BYTES]);
    expect(codec.decode(pushed, true)).toEqual([{ kind: 'event', joinRef: '1', ref: '2', topic: 't', event: 'e', args: [BYTES] }]);
  });

  it('reads and writes broadcasts of realtime-js', () => {
    const pushed = Buffer.concat([Buffer.from([3, 1, 1, 1, 1, 0, 0]), Buffer.from('12te'), BYTES]);
    const args = [{ type: 'broadcast', event: 'e', payload: BYTES }];
    expect(realtime.decode(pushed, true)).toMatchObject([{ event: 'broadcast', args }]);
    expect(parsed(realtime.write({ isShared: true, topic: 't', event: 'broadcast', args }))).toEqual([
      null,
      null,
      't',
      'broadcast',
      { type: 'broadcast', event: 'e', payload: BASE64 },
    ]);
  });
});
