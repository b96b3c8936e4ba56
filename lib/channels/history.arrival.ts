import { channelErrors } from '../common/channel-errors.js';
import type { LogPosition } from '../delivery/log.js';
import type { PreparedMessage } from '../delivery/prepared-message.js';
import { bytesOf } from './bytes.js';
import type { ChannelMessage } from './channel.message.js';
import { ChannelReply } from './message-meta.js';

/** What the reply to a join says about what the client has missed. */
export interface Recovery extends LogPosition {
  /** Whether all of it follows, and nothing else. */
  readonly recovered: boolean;
}

/** The most messages that may come while somebody is told what was said before. */
const MOST_HEARD = 1_000;

/** Somebody between outside and inside: what was said before he came, and what is said while that is looked up. */
export class HistoryArrival {
  private missed: readonly PreparedMessage<ChannelMessage>[] = [];
  private top = 0;
  private readonly heard: PreparedMessage<ChannelMessage>[] = [];

  constructor(readonly topic: string) {}

  hear(prepared: PreparedMessage<ChannelMessage>): void {
    if (this.heard.length <= MOST_HEARD) this.heard.push(prepared);
  }

  /** @param top - the offset up to which the history was read. */
  prepare(missed: readonly PreparedMessage<ChannelMessage>[], top: number): void {
    this.missed = missed;
    this.top = top;
  }

  /**
   * All that he is to be told, in its order, each once.
   *
   * @throws SignalRError where more was said meanwhile than is kept for him.
   */
  messages(): PreparedMessage<ChannelMessage>[] {
    if (this.heard.length > MOST_HEARD) throw channelErrors.overrun(this.topic);
    return [...this.missed, ...this.heard.filter(({ message }) => (message.offset as number) > this.top)];
  }
}

/** Where a client says that it was, if it says so. */
export function readPosition(payload: unknown): LogPosition | undefined {
  const { epoch, offset } = ((payload as { recover?: unknown } | null | undefined)?.recover ?? {}) as Partial<LogPosition>;
  return typeof epoch === 'string' && Number.isSafeInteger(offset) ? { epoch, offset: offset as number } : undefined;
}

/** The reply to a join with what there is to say about its history; a reply that is no object stands under `reply`. */
export function withRecovery(reply: unknown, recovery: Recovery): object {
  if (reply instanceof ChannelReply) return new ChannelReply(withRecovery(reply.payload, recovery), reply.meta);
  if (reply === undefined || reply === null) return { recovery };
  return isRecord(reply) ? { ...reply, recovery } : { reply: bytesOf(reply) ?? reply, recovery };
}

function isRecord(reply: unknown): reply is object {
  if (Object.prototype.toString.call(reply) !== '[object Object]') return false;
  return typeof (reply as { toJSON?: unknown }).toJSON !== 'function';
}
