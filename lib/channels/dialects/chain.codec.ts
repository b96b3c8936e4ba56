import { dialectErrors } from '../../common/channel-errors.js';
import { writeString } from '../../common/json-values.js';
import type { ChannelMessage } from '../channel.message.js';
import type { ChannelCodec, CodecTarget } from '../dialect.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from '../frames.js';
import type { LeaveReason } from '../leave-reason.js';
import { readJson, writeValue } from './json-payload.js';

/** What stands first in a frame. */
const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;

const JOIN = '_join';
const LEAVE = '_leave';
const CLOSE = '_close';
const ERROR = '_error';

const EXPECTED = 'an array: [0, joinRef, ref, topic, event, payload], with numbers for joinRef and ref, and texts for topic and event';

/**
 * The frames of chain: `[0, joinRef, ref, topic, event, payload]` both ways, `[1, joinRef, ref, status, payload]` for replies and
 * `[2, topic, event, payload]` for what is said to all. A payload that is nothing is left out.
 *
 * @see systems.md 004 a
 */
export class ChainCodec implements ChannelCodec {
  readonly name = 'chain';
  readonly encoding = this;

  decode(document: Buffer): ChannelFrame[] {
    const frame = readJson(document);
    if (!Array.isArray(frame) || frame[0] !== PUSH) throw dialectErrors.wrongFrame(EXPECTED);
    const [, joinRef, ref, topic, event, payload = {}] = frame as unknown[];
    if (typeof topic !== 'string' || typeof event !== 'string' || !isRef(ref) || !isRef(joinRef)) throw dialectErrors.wrongFrame(EXPECTED);
    const named = { topic, ref: ref ?? null, joinRef };
    if (event === JOIN) return [{ kind: 'join', ...named, args: [payload] }];
    return [event === LEAVE ? { kind: 'leave', ...named } : { kind: 'event', ...named, event, args: [payload] }];
  }

  write({ topic = '', event, args }: ChannelMessage): string {
    return `[${BROADCAST},${writeString(topic)},${writeString(event)}${writePayload(args)}]`;
  }

  push({ topic, joinRef }: CodecTarget, event: string, args: readonly unknown[]): string {
    return pushed(joinRef, 0, topic, event, writePayload(args));
  }

  reply({ ref, joinRef }: AnsweredFrame, status: FrameStatus, payload: unknown): string | undefined {
    if (ref === null) return undefined;
    return `[${REPLY},${writeRef(joinRef)},${writeRef(ref)},${status === 'ok' ? 0 : 1}${writePayload([payload])}]`;
  }

  /** The reply to a leave says enough, and a join of the same number is the same one to the client. */
  close({ topic, joinRef }: CodecTarget, _: LeaveReason, cause?: JoinFrame | LeaveFrame): string | undefined {
    const isKnown = cause?.kind === 'leave' || (cause !== undefined && cause.joinRef === joinRef);
    return isKnown ? undefined : pushed(joinRef, joinRef, topic, CLOSE, '');
  }

  crash({ topic, joinRef }: CodecTarget): string {
    return pushed(joinRef, 0, topic, ERROR, ',{"reason":"channel crashed"}');
  }
}

function pushed(joinRef: FrameRef, ref: FrameRef, topic: string, event: string, payload: string): string {
  return `[${PUSH},${writeRef(joinRef)},${writeRef(ref)},${writeString(topic)},${writeString(event)}${payload}]`;
}

function writeRef(ref: FrameRef): string {
  return typeof ref === 'string' ? writeString(ref) : String(ref ?? 0);
}

/** With the comma before it: several arguments are a list. */
function writePayload(args: readonly unknown[]): string {
  const payload = args.length > 1 ? args : args[0];
  return payload === undefined || payload === null ? '' : `,${writeValue(payload)}`;
}

/** The clients number their messages; others may name them as they like. A number of JSON may be too large to be one. */
function isRef(ref: unknown): ref is FrameRef {
  return ref === null || ref === undefined || typeof ref === 'string' || Number.isFinite(ref);
}
