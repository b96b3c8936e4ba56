import { describe, expect, it } from '@jest/globals';
import { json, messagePack, type HubProtocol } from 'nestjs-signalr';
import type { HubMessage } from '../../lib/protocol/messages.js';

const MOST = 100;

const withHeaders = (count: number): HubMessage => {
  const headers = Object.fromEntries(Array.from({ length: count }, (_, i) => [`trace-${i}`, 'x']));
  return { type: 1, headers, target: 'echo', arguments: [] };
};

describe.each<[string, HubProtocol]>([
  ['JSON', json()],
  ['MessagePack', messagePack()],
])('I13: a message in %s', (_, protocol) => {
  const read = (message: HubMessage): HubMessage | undefined => {
    const written = Buffer.from(protocol.write(message));
    const start = protocol.transferFormat === 'binary' ? lengthOfPrefix(written) : 0;
    const end = protocol.transferFormat === 'binary' ? written.length : written.length - 1;
    return protocol.parse(written, start, end);
  };

  it(`may have ${MOST} headers`, () => {
    expect(Object.keys((read(withHeaders(MOST)) as { headers: object }).headers)).toHaveLength(MOST);
  });

  it('is refused with more', () => {
    expect(() => read(withHeaders(MOST + 1))).toThrow('The message has more than 100 headers, which is the most that is read.');
    expect(() => read(withHeaders(5_000))).toThrow('more than 100 headers');
  });
});

/** Each byte of the prefix but its last has the highest bit set. */
function lengthOfPrefix(bytes: Buffer): number {
  return bytes.findIndex((byte) => byte < 0x80) + 1;
}
