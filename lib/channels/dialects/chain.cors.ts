import type { AnswerHeaders } from '../../connections/exchange.js';
import type { ResolvedChainCors } from './chain.options.js';

/** By which our client learns whether its session goes on. */
export const SESSION_HEADER = 'X-Chain-Session';

/** By which it learns how long the stream is silent at the most, in milliseconds. */
export const KEEP_ALIVE_HEADER = 'X-Chain-Keep-Alive';

/** The headers by which browsers let scripts of other origins read the answer. */
export function exposure({ exposeHeaders }: ResolvedChainCors): AnswerHeaders {
  return { 'Access-Control-Expose-Headers': [SESSION_HEADER, KEEP_ALIVE_HEADER, ...exposeHeaders].join(', ') };
}

/** What the answers to preflights say beside the origin. */
export function preflightHeaders({ allowHeaders, allowPrivateNetwork, maxAge }: ResolvedChainCors): AnswerHeaders {
  const headers: AnswerHeaders = { 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Max-Age': maxAge };
  if (allowHeaders !== undefined) headers['Access-Control-Allow-Headers'] = allowHeaders.join(', ');
  if (allowPrivateNetwork) headers['Access-Control-Allow-Private-Network'] = 'true';
  return headers;
}
