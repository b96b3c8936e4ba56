import { describe, expect, it } from '@jest/globals';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { MessageType, type InvocationMessage } from '../../lib/protocol/messages.js';

const place = { group: 'red "]}', epoch: 'e', offset: 70_000 };

const calls: [what: string, args: unknown[]][] = [
  ['none', []],
  ['one', ['a']],
  ['lists that are empty', [[], [[]]]],
  ['texts that look like the end of a message', ['[', ']}\u001e', '"']],
  [
    'values of every kind',
    [null, 1.5, -1, true, { a: [1, { b: 'c' }] }, new Map([[1, 'x']]), 2n ** 60n, new Date(0), Buffer.from('bytes')],
  ],
  ['fifteen', Array.from({ length: 15 }, (_, index) => index)],
  ['so many that their number takes more room', Array.from({ length: 65_535 }, () => 0)],
  ['one that is large', ['x'.repeat(300_000)]],
];

const call = (args: unknown[], headers?: Record<string, string>): InvocationMessage => ({
  type: MessageType.Invocation,
  target: 'said',
  arguments: args,
  ...(headers && { headers }),
});

describe.each<[string, HubProtocol]>([
  ['json', json()],
  ['messagepack', messagePack()],
  ["messagepack with keys: 'camel'", messagePack({ keys: 'camel' })],
])('one more argument in %s', (_, protocol) => {
  it.each(calls)('follows %s', (_what, args) => {
    for (const headers of [undefined, { trace: '7', ['long name'.repeat(10)]: 'value' }]) {
      const written = protocol.write(call(args, headers));
      const longer = Buffer.from(protocol.addArgument?.(written, place) as string);
      expect(longer.equals(Buffer.from(protocol.write(call([...args, place], headers))))).toBe(true);
    }
  });

  it('leaves what was written as it is', () => {
    const written = protocol.write(call(['a']));
    const before = Buffer.from(written);
    protocol.addArgument?.(written, place);
    expect(Buffer.from(written)).toEqual(before);
  });
});

describe('one more argument', () => {
  it('is shown to no replacer', () => {
    const protocol = json({ replacer: ['body'] });
    const written = protocol.addArgument?.(protocol.write(call([{ body: 1, hidden: 2 }])), place) as string;
    expect(JSON.parse(written.slice(0, -1))).toMatchObject({ arguments: [{ body: 1 }, place] });
  });
});
