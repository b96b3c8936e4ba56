import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { ChainCodec } from '../../lib/channels/dialects/chain.codec.js';
import { TabCookie } from '../../lib/channels/dialects/chain.cookie.js';
import { resolveChainOptions } from '../../lib/channels/dialects/chain.options.js';
import { phoenix } from '../../lib/channels/dialects/phoenix.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { OriginPolicy } from '../../lib/connections/allowed-origins.js';
import { negotiateVersion } from '../../lib/connections/negotiate.js';
import { parsePath, parseQuery } from '../../lib/connections/request-query.js';
import { visitOf } from '../../lib/nest/channel-visit.js';
import { parseHandshakeRequest } from '../../lib/protocol/handshake.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { thrownBy } from '../protocol/wire.js';
import { ChainHost } from '../support/chain-host.js';

/** More than any header or message may have by default: what is quadratic takes seconds for it. */
const LONG = 64 * 1_024;

/** Generous: in proportion to the length nothing of it takes a tenth. */
const MILLISECONDS = 1_000;

const runs = [
  ' ',
  '\t',
  ',',
  ', ',
  ' ,',
  ';',
  '; ',
  '=',
  '&',
  'a=&',
  '%',
  '%41',
  '"',
  '\\',
  '[',
  '{',
  '":',
  '/',
  '.',
  '-',
  '+',
  '9',
  'A',
  'é',
  '\u0000',
  '\u001e',
  '\ufffd',
];
const headersOf = (headers: Record<string, string>): IncomingMessage => ({ url: '/', headers, socket: {} }) as unknown as IncomingMessage;
const cookie = new TabCookie({ ...resolveChainOptions({}).cookie, name: 'a' }, ['a secret'], '/');
const chain = new ChainHost();
const policy = new OriginPolicy(['https://*.example.com']);

const readers: Record<string, (text: string) => unknown> = {
  'a subprotocol': (text) => phoenix().token(visitOf(headersOf({ 'sec-websocket-protocol': text }), undefined)),
  'a cookie': (text) => cookie.read(text),
  'an entity tag': (text) => chain.ask('GET', '/chain.js', { headers: { 'if-none-match': text } }, chain.routes[1]),
  'an origin': (text) => policy.allows(headersOf({ origin: text, host: text })),
  'a path': (text) => parsePath(text),
  'a query': (text) => parseQuery(`/?${text}`),
  'a version': (text) => negotiateVersion(new Map([['negotiateversion', text]]), 0),
  'a handshake': (text) => parseHandshakeRequest(Buffer.from(text), 0, Buffer.byteLength(text)),
  JSON: (text) => json().parse(Buffer.from(text), 0, Buffer.byteLength(text)),
  'JSON with a reviver': (text) => json({ reviver: (_, value) => value }).parse(Buffer.from(text), 0, Buffer.byteLength(text)),
  MessagePack: (text) => messagePack().parse(Buffer.from(text), 0, Buffer.byteLength(text)),
  'a frame of Phoenix': (text) => new PhoenixV2Codec().decode(Buffer.from(text), false),
  'a frame of chain': (text) => new ChainCodec().decode(Buffer.from(text)),
};

describe.each(Object.entries(readers))('C04: %s', (_, read) => {
  it('takes a time in proportion to its length, whatever is said in it again and again', () => {
    for (const run of runs) {
      const long = run.repeat(LONG / run.length);
      const began = process.cpuUsage();
      for (const text of [long, `a${long}a`, `{"type":1,"arguments":["${long}`, `{"a":${long}`]) thrownBy(() => read(text));
      const { user } = process.cpuUsage(began);
      expect([run, user < MILLISECONDS * 1_000]).toEqual([run, true]);
    }
  });
});
