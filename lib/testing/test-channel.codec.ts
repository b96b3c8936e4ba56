import { readJson, writeValue } from '../channels/dialects/json-payload.js';
import { bytesOf } from '../channels/bytes.js';
import type { ChannelMessage } from '../channels/channel.message.js';
import type { ChannelCodec, CodecTarget } from '../channels/dialect.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from '../channels/frames.js';
import type { LeaveReason } from '../channels/leave-reason.js';

/** What a test channel is told. */
export type Told =
  | { readonly kind: 'reply'; readonly ref: FrameRef; readonly status: FrameStatus; readonly payload?: unknown }
  | { readonly kind: 'event'; readonly topic: string; readonly event: string; readonly payload: unknown }
  | { readonly kind: 'end'; readonly topic: string; readonly joinRef: FrameRef; readonly reason: string };

/**
 * What test channels speak: frames as they are. Payloads become JSON on their way, so that a test sees what clients see, and what is nothing but
 * bytes stays bytes. Every event is answered, for a test has to know when nothing comes.
 */
export class TestCodec implements ChannelCodec {
  readonly name = 'testing';
  readonly encoding = this;

  decode(document: Buffer): ChannelFrame[] {
    const { bytes, ...frame } = readJson(document) as Record<string, unknown>;
    return [{ ...frame, ...(bytes === undefined ? {} : { args: [Buffer.from(bytes as string, 'base64')] }) } as unknown as ChannelFrame];
  }

  write({ topic, event, args }: ChannelMessage): string {
    return told({ kind: 'event', topic, event }, args.length > 1 ? args : (args[0] ?? {}));
  }

  push({ topic }: CodecTarget, event: string, args: readonly unknown[]): string {
    return told({ kind: 'event', topic, event }, args.length > 1 ? args : (args[0] ?? {}));
  }

  reply({ ref }: AnsweredFrame, status: FrameStatus, payload: unknown): string {
    return told({ kind: 'reply', ref, status }, payload);
  }

  /** Who joins again is in the topic as before. */
  close({ topic, joinRef }: CodecTarget, reason: LeaveReason, cause?: JoinFrame | LeaveFrame): string | undefined {
    return cause?.kind === 'join' ? undefined : told({ kind: 'end', topic, joinRef, reason });
  }

  crash({ topic, joinRef }: CodecTarget): string {
    return told({ kind: 'end', topic, joinRef, reason: 'crash' });
  }
}

/** What the server has written. */
export function readTold(document: string): Told {
  const { bytes, ...rest } = JSON.parse(document) as Record<string, unknown>;
  return (bytes === undefined ? rest : { ...rest, payload: Buffer.from(bytes as string, 'base64') }) as unknown as Told;
}

/** What the server reads. */
export function writeFrame(frame: Omit<ChannelFrame, 'args'>, args: readonly unknown[]): string {
  const bytes = args.length === 1 ? bytesOf(args[0]) : undefined;
  return bytes === undefined ? writeValue({ ...frame, args }) : writeValue({ ...frame, bytes });
}

function told(fields: object, payload?: unknown): string {
  const bytes = bytesOf(payload);
  if (bytes !== undefined) return writeValue({ ...fields, bytes });
  return payload === undefined ? writeValue(fields) : writeValue({ ...fields, payload });
}
