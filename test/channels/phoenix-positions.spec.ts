import { describe, expect, it } from '@jest/globals';
import { PhoenixV1Codec } from '../../lib/channels/dialects/phoenix.v1.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';

describe('What is remembered has a position, in Phoenix', () => {
  const said = { isShared: true, topic: 'room:1', event: 'said', args: [{ a: 1 }], offset: 7 };
  const target = { topic: 'room:1', joinRef: '3' };

  it('as the ref of a broadcast, and of what a handler makes of one', () => {
    const codec = new PhoenixV2Codec();
    expect(codec.write(said)).toBe('[null,"@7","room:1","said",{"a":1}]');
    expect(codec.push(target, 'said', [{ a: 1 }], 7)).toBe('["3","@7","room:1","said",{"a":1}]');
    expect(codec.push(target, 'said', [{ a: 1 }])).toBe('["3",null,"room:1","said",{"a":1}]');
  });

  it('so in version 1 too', () => {
    const codec = new PhoenixV1Codec();
    expect(codec.write(said)).toBe('{"topic":"room:1","event":"said","payload":{"a":1},"ref":"@7"}');
    expect(codec.push(target, 'said', [{ a: 1 }], 7)).toBe('{"topic":"room:1","event":"said","payload":{"a":1},"ref":"@7"}');
  });

  it('but not as bytes', () => {
    const bytes = new PhoenixV2Codec().write({ ...said, args: [Buffer.from('x')] });
    expect(Buffer.from(bytes as Uint8Array).toString('latin1')).toBe('\x02\x06\x04room:1saidx');
  });
});
