/** What stands first in a frame. */
const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;

/** What the server says. */
export interface Message {
  readonly kind: 'push' | 'reply' | 'broadcast';
  /** Replies have none: they are known by their `ref`. */
  readonly topic?: string;
  /** Of a reply it is `_reply`. */
  readonly event: string;
  /** Of the join that it belongs to. Broadcasts belong to none. */
  readonly joinRef?: number;
  /** Of the message that it answers. */
  readonly ref?: number;
  /** How a reply is meant. */
  readonly status?: 'ok' | 'error';
  readonly payload: unknown;
}

/** Writes what the client says. */
export function encode(joinRef: number, ref: number, topic: string, event: string, payload: unknown): string {
  return JSON.stringify([PUSH, joinRef, ref, topic, event, payload]);
}

/** Reads what the server says; undefined for what is no frame. */
export function decode(text: string): Message | undefined {
  const frame = parse(text);
  if (!Array.isArray(frame)) return undefined;
  const [kind, one, two, three, four, five] = frame;
  if (kind === PUSH) return { kind: 'push', joinRef: one, ref: two, topic: three, event: four, payload: five };
  if (kind === BROADCAST) return { kind: 'broadcast', topic: one, event: two, payload: three };
  if (kind !== REPLY) return undefined;
  return { kind: 'reply', event: '_reply', joinRef: one, ref: two, status: three === 0 ? 'ok' : 'error', payload: four };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
