import { createHash } from 'node:crypto';
import type { AnswerHeaders, Exchange } from '../../connections/exchange.js';
import type { RequestRoute } from '../dialect.js';
import { chainScript, chainTypes } from './chain.script.js';

/** The routes of the browser client and of its types. */
export function clientRoutes(path: string): RequestRoute[] {
  const types = path.replace(/\.js$/, '.d.ts');
  const nameOfTypes = types.slice(types.lastIndexOf('/') + 1);
  return [
    routeOf(path, chainScript, { 'Content-Type': 'text/javascript; charset=utf-8', 'X-TypeScript-Types': `./${nameOfTypes}` }),
    routeOf(types, chainTypes, { 'Content-Type': 'application/typescript; charset=utf-8' }),
  ];
}

/** It may be kept, but has to be asked for each time: the answer is short where it has not changed. */
function routeOf(path: string, text: string, headers: AnswerHeaders): RequestRoute {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
  const all = {
    ...headers,
    ETag: etag,
    'Cache-Control': 'no-cache',
    // That of the text, where it is not sent as well.
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
  };
  return { kind: 'request', path, isCommon: true, handle: (exchange) => answer(exchange, text, etag, all) };
}

function answer(exchange: Exchange, text: string, etag: string, headers: AnswerHeaders): void {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return exchange.answer(405, '', { Allow: 'GET, HEAD' });
  if (knows(exchange.headers['if-none-match'], etag)) return exchange.answer(304, undefined, headers);
  exchange.answer(200, text, headers);
}

/** Proxies that compress make a tag weak, and browsers send back what they got. */
function knows(tags: string | undefined, etag: string): boolean {
  return tags !== undefined && tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
