import fc from 'fast-check';
import { corpusOf } from './fuzz.js';
import { clientFrame, Opcode } from './web-socket-frames.js';

const paths = [
  '/hub',
  '/HUB/',
  '/hub/negotiate',
  '/hub/negotiate/x',
  '/hub/refresh',
  '/socket/websocket',
  '/socket',
  '/socket/longpoll',
  '/realtime/longpoll',
  '/chain/sse',
  '/realtime/api/broadcast',
  '/realtime/api/broadcast/room/events/x',
  '/chain.js',
  '/chain.d.ts',
  '/',
  '*',
  'http://host.test/hub',
  '//hub',
  '/hub%2Fnegotiate',
];
const methods = ['GET', 'GET', 'POST', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'TRACE'];
const headers = [
  'Accept',
  'Origin',
  'Cookie',
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Expect',
  'Last-Event-ID',
  'If-None-Match',
  'Upgrade',
  'Access-Control-Request-Method',
  'Access-Control-Request-Headers',
  'X-Forwarded-For',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Range',
  'TE',
];
const values = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '*/*',
    'text/event-stream',
    'null',
    'http://host.test',
    'websocket',
    '13',
    'GET',
    '100-continue',
    'gzip',
    'application/json',
    'phoenix',
    'permessage-deflate',
    'Bearer x',
    '_sse=SFMyNTY.e30.x',
    '"x", W/"y"',
    '-1',
    '1e9',
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 100 }),
  fc.nat({ max: 6_000 }).map((length) => ', '.repeat(length)),
);
const queries = fc.oneof(
  fc.constantFrom(
    '',
    '?',
    '?id=',
    '?id=x',
    '?id=x&id=y',
    '?id=__proto__',
    '?negotiateVersion=1',
    '?negotiateVersion=x',
    '?vsn=2.0.0',
    '?sid=a',
    '?access_token=x',
  ),
  fc.webQueryParameters().map((query) => `?${query}`),
);
const bodies = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '{"protocol":"json","version":1}\u001e',
    '[0,1,1,"room","_join",{}]',
    '{"messages":[{"topic":"room","event":"x","payload":{}}]}',
  ),
  fc.string({ maxLength: 2_000 }),
);

/** A whole request, after which nothing is left to wait for. */
export const requests = fc
  .record({
    method: fc.constantFrom(...methods),
    path: fc.constantFrom(...paths),
    query: queries,
    more: fc.array(fc.tuple(fc.constantFrom(...headers), values), { maxLength: 6 }),
    body: bodies,
    isChunked: fc.boolean(),
  })
  .map(({ method, path, query, more, body, isChunked }) => {
    const length = Buffer.byteLength(body);
    const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const lines = [
      `${method} ${path}${query} HTTP/1.1`,
      'Host: host.test',
      'Connection: close, Upgrade',
      ...more.map(([name, value]) => `${name}: ${value}`),
      framing,
    ];
    const chunked = length === 0 ? '0\r\n\r\n' : `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${isChunked ? chunked : body}`);
  });

const UPGRADE =
  'HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What clients say once their upgrade is granted. */
export const conversations = [
  ['/hub', ['{"protocol":"json","version":1}\u001e', ...corpusOf('calls.txt').map((text) => `${text.toString()}\u001e`)]] as const,
  ['/socket/websocket?vsn=2.0.0', corpusOf('phoenix-2.txt').map(String)] as const,
  ['/realtime/websocket?vsn=2.0.0', corpusOf('realtime.txt').map(String)] as const,
].map(([path, texts]) =>
  Buffer.concat([
    Buffer.from(`GET ${path} ${UPGRADE}`),
    ...texts.map((text) => clientFrame(Opcode.Text, text)),
    clientFrame(Opcode.Ping),
    clientFrame(Opcode.Close),
  ]),
);

const HEAD = 'HTTP/1.1\r\nHost: a\r\n';
/** What is done with a token, but for posting. */
export const withoutBody = [
  `GET /hub?id=TOKEN ${HEAD}\r\n`,
  `GET /hub?id=TOKEN ${HEAD}Accept: text/event-stream\r\n\r\n`,
  `DELETE /hub?id=TOKEN ${HEAD}\r\n`,
  `GET /hub?id=TOKEN ${UPGRADE}`,
  `POST /hub/refresh?id=TOKEN ${HEAD}Content-Length: 0\r\n\r\n`,
  `POST /hub/refresh?id=TOKEN ${HEAD}Authorization: Bearer x\r\nContent-Length: 0\r\n\r\n`,
];
/** A post to the connection of a token. */
export const postOf = (body: string, path = '/hub?id=TOKEN'): string =>
  `POST ${path} ${HEAD}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Where the session of a token is polled, and posted to, in Phoenix. */
export const PHOENIX_POLL = '/socket/longpoll?vsn=2.0.0&token=TOKEN';
/** What is done there, but for posting. */
export const polls = [`GET ${PHOENIX_POLL} ${HEAD}\r\n`, `OPTIONS ${PHOENIX_POLL} ${HEAD}Origin: http://a\r\n\r\n`];
