import { postErrors } from '../../common/channel-errors.js';
import type { Exchange } from '../../connections/exchange.js';
import { readJson } from './json-payload.js';
import { recordOf } from './realtime.config.js';

/** The most broadcasts that are posted at once. */
const MOST = 100;

/** Topics of realtime-js begin with it; in what it posts it leaves that out. */
const PREFIX = 'realtime:';

/** The path of a single broadcast, below that of all. */
const SINGLE = /^([^/]+)\/events\/([^/]+)$/;

/** A broadcast that somebody posts. */
export interface PostedBroadcast {
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  /** Whether it is only for a topic whose channel has a guard. */
  readonly isPrivate: boolean;
}

/** Makes broadcasts of a request and its body; throws what is wrong with them. */
export type Reading = (exchange: Exchange, body: Buffer) => readonly PostedBroadcast[];

/**
 * Reads `{ messages: [{ topic, event, payload, private? }] }`.
 *
 * @throws SignalRError for what is not that.
 */
export const readMessages: Reading = (_, body) => {
  const { messages } = recordOf(readJson(body));
  if (!Array.isArray(messages) || messages.length === 0) throw postErrors.noMessages();
  if (messages.length > MOST) throw postErrors.tooManyMessages(MOST);
  return messages.map(readMessage);
};

/**
 * Reads one broadcast whose body is its payload: JSON, or bytes as they are.
 *
 * @throws SignalRError for what is not that.
 */
export const readSingle: Reading = ({ parameter = '', query, headers }, body) => {
  const [, topic, event] = SINGLE.exec(parameter) ?? [];
  if (topic === undefined) throw postErrors.wrongPath();
  const isBytes = headers['content-type']?.startsWith('application/octet-stream') === true;
  const payload = isBytes ? body : readJson(body);
  return [{ topic: topicOf(decode(topic)), event: decode(event), payload, isPrivate: query.get('private') === 'true' }];
};

function readMessage(message: unknown): PostedBroadcast {
  const { topic, event, payload, private: isPrivate } = recordOf(message);
  const isOne = typeof topic === 'string' && topic !== '' && typeof event === 'string' && event !== '';
  if (!isOne || payload === undefined) throw postErrors.wrongMessage();
  return { topic: topicOf(topic), event, payload, isPrivate: isPrivate === true };
}

function topicOf(topic: string): string {
  return topic.startsWith(PREFIX) ? topic : PREFIX + topic;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw postErrors.wrongPath();
  }
}
