import { dialectErrors } from '../../common/channel-errors.js';
import { writeString } from '../../common/json-values.js';
import type { ChannelMessage } from '../channel.message.js';
import type { ChannelCodec, CodecTarget } from '../dialect.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from '../frames.js';
import type { LeaveReason } from '../leave-reason.js';
import { readJson, writeValue } from './json-payload.js';
import { frameOf, isAwaited, isMistakable, payloadOf, positionRef, writeRef } from './phoenix.frames.js';

const EXPECTED = 'an object: { topic, event, payload, ref }';

/**
 * Version 1.0.0 of Phoenix' serializer: `{ topic, event, payload, ref }`. It knows neither which join a message belongs to nor bytes: those are
 * written as base64.
 */
export class PhoenixV1Codec implements ChannelCodec {
  readonly name = 'phoenix 1.0.0';
  readonly encoding = this;

  decode(document: Buffer): ChannelFrame[] {
    const message = readJson(document);
    if (typeof message !== 'object' || message === null || Array.isArray(message)) throw dialectErrors.wrongFrame(EXPECTED);
    const { topic, event, payload, ref, join_ref: joinRef } = message as Record<string, unknown>;
    return [frameOf({ joinRef, ref, topic, event, payload })];
  }

  write({ topic = '', event, args, offset }: ChannelMessage): string {
    return text(topic, event, writeValue(payloadOf(args)), positionRef(offset));
  }

  push({ topic }: CodecTarget, event: string, args: readonly unknown[], offset?: number): string {
    return text(topic, event, writeValue(payloadOf(args)), positionRef(offset));
  }

  reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown): string | undefined {
    if (!isAwaited(frame)) return undefined;
    const { topic, ref } = frame;
    return text(topic, 'phx_reply', `{"status":"${status}","response":${writeValue(payload)}}`, ref);
  }

  close({ topic, joinRef }: CodecTarget, _: LeaveReason, cause?: JoinFrame | LeaveFrame): string | undefined {
    return isMistakable(joinRef, cause) ? undefined : text(topic, 'phx_close', '{}', joinRef);
  }

  crash({ topic, joinRef }: CodecTarget): string {
    return text(topic, 'phx_error', '{"reason":"channel_crash"}', joinRef);
  }
}

function text(topic: string, event: string, payload: string, ref: FrameRef): string {
  return `{"topic":${writeString(topic)},"event":${writeString(event)},"payload":${payload},"ref":${writeRef(ref)}}`;
}
