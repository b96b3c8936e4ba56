import { dialectErrors } from '../../common/channel-errors.js';
import { writeString } from '../../common/json-values.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, JoinFrame, LeaveFrame } from '../frames.js';

/** What messages of every version have, whatever their form. */
export interface PhoenixFields {
  readonly joinRef: unknown;
  readonly ref: unknown;
  readonly topic: unknown;
  readonly event: unknown;
  readonly payload: unknown;
}

/** The topic of heartbeats, which nobody joins. */
const PHOENIX = 'phoenix';
const HEARTBEAT = 'heartbeat';
const JOIN = 'phx_join';
const LEAVE = 'phx_leave';

const EXPECTED = 'join_ref and ref to be texts or null, and topic and event to be texts';

/**
 * Makes a frame of a message's fields.
 *
 * @throws SignalRError for fields that cannot be such.
 */
export function frameOf({ joinRef, ref, topic, event, payload = {} }: PhoenixFields): ChannelFrame {
  if (typeof topic !== 'string' || typeof event !== 'string' || !isRef(ref) || !isRef(joinRef)) throw dialectErrors.wrongFrame(EXPECTED);
  if (topic === PHOENIX && event === HEARTBEAT) return { kind: 'heartbeat', topic, ref: ref ?? null };
  const named = { topic, ref: ref ?? null, joinRef };
  if (event === JOIN) return { kind: 'join', ...named, args: [payload] };
  return event === LEAVE ? { kind: 'leave', ...named } : { kind: 'event', ...named, event, args: [payload] };
}

/** Whether a client waits for the answer to a frame: it has no ref for what it does not want to hear of. */
export function isAwaited({ kind, ref }: AnsweredFrame): boolean {
  return kind !== 'event' || ref !== null;
}

/**
 * Whether a client would take the close of a socket for that of another join: phoenix.js takes one without a join_ref for its own, whichever that is.
 *
 * @param joinRef - that of the socket.
 */
export function isMistakable(joinRef: FrameRef, cause: JoinFrame | LeaveFrame | undefined): boolean {
  return cause?.kind === 'join' && (joinRef === null || joinRef === undefined);
}

/** The one payload that a message has: several arguments are a list. */
export function payloadOf(args: readonly unknown[]): unknown {
  return args.length > 1 ? args : (args[0] ?? {});
}

/** What stands in the place of a ref in what is remembered: the position that a client names when it comes back. */
export function positionRef(offset: number | undefined): string | null {
  return offset === undefined ? null : `@${offset}`;
}

export function writeRef(ref: FrameRef): string {
  return typeof ref === 'string' ? writeString(ref) : String(ref ?? null);
}

/** A number of JSON may be too large to be one, and could not be said back. */
function isRef(ref: unknown): ref is FrameRef {
  return ref === null || ref === undefined || typeof ref === 'string' || Number.isFinite(ref);
}
