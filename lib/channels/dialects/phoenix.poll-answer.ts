import type { AnswerHeaders, Exchange } from '../../connections/exchange.js';

/** What a client reads: clients of Phoenix look at this status, and not at that of HTTP. */
export interface PollAnswer {
  readonly status: number;
  /** Missing where the answer is to a post, null where there is no session any more. */
  readonly token?: string | null;
  readonly messages?: readonly string[];
  /** A sentence for people, where something went wrong. */
  readonly reason?: string;
}

/** To who comes with the token of a session that is over. phoenix.js begins another one, and joins its topics again. */
export const GONE: PollAnswer = { status: 410, token: null, messages: [] };

/** The headers of every answer. */
export const POLL_HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
};

/** @param status - that of HTTP, which is 200 in Phoenix whatever the answer says. */
export function answerPoll(exchange: Exchange, answer: PollAnswer, status = 200, headers: AnswerHeaders = {}): void {
  exchange.answer(status, JSON.stringify(answer), { ...POLL_HEADERS, ...headers });
}

/** Whoever is told to come again later, and not that it may not enter at all. */
const TOO_MANY = 429;

/**
 * Turns somebody away. phoenix.js knows two numbers for that, and stands still at any other: with 403 it tries again with a new token, with 500 later.
 *
 * @param status - that of HTTP.
 */
export function refusePoll(exchange: Exchange, status: number, reason?: string, headers?: AnswerHeaders): void {
  const isForNow = status >= 500 || status === TOO_MANY;
  answerPoll(exchange, { status: isForNow ? 500 : 403, reason }, status, headers);
}
