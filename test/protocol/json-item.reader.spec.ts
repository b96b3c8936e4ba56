import { describe, expect, it } from '@jest/globals';
import { json } from '../../lib/protocol/json.protocol.js';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';

const parse = (protocol: HubProtocol, text: string): unknown => {
  const bytes = Buffer.from(`before${text}after`);
  return protocol.parse(bytes, 'before'.length, bytes.length - 'after'.length);
};

/** A protocol that has met a row of items, and knows what stands around them. */
function inARow(write: (item: string) => string, options = {}): HubProtocol {
  const protocol = json(options);
  for (let item = 0; item < 3; item++) parse(protocol, write(String(item)));
  return protocol;
}

const orders: Record<string, (item: string) => string> = {
  'the type first': (item) => `{"type":2,"invocationId":"7","item":${item}}`,
  'the type last': (item) => `{"invocationId":"7","item":${item},"type":2}`,
};
const items = [
  '0',
  '-1.5e3',
  'null',
  'true',
  '""',
  '"}"',
  '" é"',
  '[]',
  '{"a":[1,{"b":"}"}]}',
  ' 1 ',
  '{"__proto__":1,"b":2}',
  '"\\u001e"',
];
const oddities = [
  '',
  '1,"item":2',
  '1,"type":3',
  '1,"headers":{"a":"b"}',
  '1}',
  '1} {',
  '01',
  'undefined',
  '1,"invocationId":"8"',
  '"a',
  '[1',
];

/** What comes of a text: a message, or the words of an error. */
function outcome(protocol: HubProtocol, text: string): unknown {
  try {
    return parse(protocol, text);
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(Object.entries(orders))('items in a row, written with %s', (_, write) => {
  it.each([...items, ...oddities])('are read as alone: %s', (item) => {
    expect(outcome(inARow(write), write(item))).toEqual(outcome(json(), write(item)));
  });

  it('may be followed by those of another stream, and by other messages', () => {
    const protocol = inARow(write);
    const others = [write('1').replace('"7"', '"8"'), '{"type":3,"invocationId":"7"}', '{"type":6}', write('2')];
    for (const other of others) expect(parse(protocol, other)).toEqual(parse(json(), other));
  });

  it('may not be deeper than the protocol allows', () => {
    const deep = `${'['.repeat(8)}${']'.repeat(8)}`;
    const protocol = inARow(write, { maximumDepth: 8 });
    expect(parse(protocol, write(deep.slice(1, -1)))).toMatchObject({ type: 2, invocationId: '7' });
    expect(() => parse(protocol, write(deep))).toThrow('8');
  });

  it('end the connection when they are no UTF-8', () => {
    const protocol = inARow(write);
    const bytes = Buffer.from(write('"x"').replace('x', '\u00ff'), 'latin1');
    expect(() => protocol.parse(bytes, 0, bytes.length)).toThrow('UTF-8');
  });
});
