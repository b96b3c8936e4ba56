import { describe, expect, it } from '@jest/globals';
import { answered, echoOf, frameOf, heardBy, more, ping, pong, text, type Delivery, type Script } from '../support/conformance.js';
import { serveConformance } from '../support/conformance-server.js';
import { Opcode } from '../support/web-socket-frames.js';

const server = serveConformance();

const [one, two] = ['fragment1', 'fragment2'];
const deliveries: [cases: [string, string, string], delivery: Delivery][] = [
  [['5.3', '5.6', '5.9'], 'at once'],
  [['5.4', '5.7', '5.10'], 'frame by frame'],
  [['5.5', '5.8', '5.11'], 1],
];

describe('5: a control frame in fragments', () => {
  it.each([
    ['5.1: a ping', Opcode.Ping],
    ['5.2: a pong', Opcode.Pong],
  ])('%s, ends the connection', async (_, opcode) => {
    expect(await heardBy(server.port, [frameOf(opcode, one, false), more(two)])).toEqual(['close 1002']);
  });
});

describe.each(deliveries)('%s: a text in two fragments, delivered %s,', (_, delivery) => {
  const whole = text(one + two);

  it('is said back as one message', async () => {
    expect(await heardBy(server.port, [text(one, false), more(two)], 1, delivery)).toEqual([...echoOf(whole), 'close 1000']);
  });

  it('is so with a ping between them too, which is answered first', async () => {
    const script = [text(one, false), ping('ping'), more(two)];
    expect(await heardBy(server.port, script, 2, delivery)).toEqual([...echoOf(pong('ping'), whole), 'close 1000']);
  });

  it('ends the connection where nothing has begun that it could go on with', async () => {
    expect(await heardBy(server.port, [more('non-continuation payload'), text('Hello, world!')], undefined, delivery)).toEqual([
      'close 1002',
    ]);
  });
});

describe('5: a fragment that goes on with nothing', () => {
  it.each<[string, Delivery]>([
    ['5.12: at once', 'at once'],
    ['5.13: frame by frame', 'frame by frame'],
    ['5.14: a byte at a time', 1],
  ])('%s, and is not the last, ends the connection', async (_, delivery) => {
    const script = [more('non-continuation payload', false), text('Hello, world!')];
    expect(await heardBy(server.port, script, undefined, delivery)).toEqual(['close 1002']);
  });

  it('5.15: after a whole message, ends the connection', async () => {
    const script = [text(one, false), more(two), answered, more('fragment3', false), text('fragment4')] as const;
    expect(await heardBy(server.port, script)).toEqual([...echoOf(text(one + two)), 'close 1002']);
  });

  it.each([
    ['5.16: not as the last', false],
    ['5.17: as the last', true],
  ])('%s, ends the connection before a message that is whole', async (_, final) => {
    const script = [more(one, final), text(two, final), more(two)];
    expect(await heardBy(server.port, [...script, ...script])).toEqual(['close 1002']);
  });
});

describe('5: a message in fragments', () => {
  it('5.18: ends the connection where another one begins within it', async () => {
    expect(await heardBy(server.port, [text(one, false), text(two)])).toEqual(['close 1002']);
  });

  const parts: Script = [
    text('fragment1', false),
    more('fragment2', false),
    ping('pongme 1!'),
    answered,
    more('fragment3', false),
    ping('pongme 2!'),
    more('fragment4', false),
    more('fragment5'),
  ];
  it.each<[string, Delivery]>([
    ['5.19: with what goes together at once', 'at once'],
    ['5.20: frame by frame', 'frame by frame'],
  ])('%s, five of them and two pings, is said back whole', async (_, delivery) => {
    const whole = text('fragment1fragment2fragment3fragment4fragment5');
    const answers = echoOf(pong('pongme 1!'), pong('pongme 2!'), whole);
    expect(await heardBy(server.port, parts, 3, delivery)).toEqual([...answers, 'close 1000']);
  });
});
