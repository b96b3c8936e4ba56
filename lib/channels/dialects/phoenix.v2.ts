import { dialectErrors } from '../../common/channel-errors.js';
import { writeString } from '../../common/json-values.js';
import { bytesOf } from '../bytes.js';
import type { ChannelMessage } from '../channel.message.js';
import type { ChannelCodec, ChannelDocument, CodecTarget } from '../dialect.js';
import type { AnsweredFrame, ChannelFrame, FrameRef, FrameStatus, JoinFrame, LeaveFrame } from '../frames.js';
import type { LeaveReason } from '../leave-reason.js';
import { isOfRealtime, readBinaryPush, writeBinary } from './phoenix.binary.js';
import { readJson, writeValue } from './json-payload.js';
import { frameOf, isAwaited, isMistakable, payloadOf, positionRef, writeRef, type PhoenixFields } from './phoenix.frames.js';

const EXPECTED = 'an array: [join_ref, ref, topic, event, payload]';

/**
 * Version 2.0.0 of Phoenix' serializer: `[join_ref, ref, topic, event, payload]`, and frames of bytes where the payload is bytes.
 *
 * @see systems.md f
 */
export class PhoenixV2Codec implements ChannelCodec {
  readonly name: string = 'phoenix 2.0.0';
  readonly encoding = this;

  decode(document: Buffer, isBinary: boolean): ChannelFrame[] {
    if (isBinary) return [frameOf(this.readBytes(document))];
    const message = readJson(document);
    if (!Array.isArray(message)) throw dialectErrors.wrongFrame(EXPECTED);
    const [joinRef, ref, topic, event, payload] = message as unknown[];
    return [frameOf({ joinRef, ref, topic, event, payload })];
  }

  write({ topic = '', event, args, offset }: ChannelMessage): ChannelDocument {
    const payload = payloadOf(args);
    const bytes = bytesOf(payload);
    return bytes === undefined
      ? text(null, positionRef(offset), topic, event, writeValue(payload))
      : writeBinary('broadcast', { topic, event }, bytes);
  }

  push({ topic, joinRef }: CodecTarget, event: string, args: readonly unknown[], offset?: number): ChannelDocument {
    const payload = payloadOf(args);
    const bytes = bytesOf(payload);
    if (bytes === undefined) return text(joinRef, positionRef(offset), topic, event, writeValue(payload));
    return writeBinary('push', { join_ref: String(joinRef ?? ''), topic, event }, bytes);
  }

  reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown): ChannelDocument | undefined {
    if (!isAwaited(frame)) return undefined;
    const { topic, ref, isOfNoJoin } = frame;
    const joinRef = isOfNoJoin === true ? null : frame.joinRef;
    const bytes = bytesOf(payload);
    if (bytes === undefined) return text(joinRef, ref, topic, 'phx_reply', `{"status":"${status}","response":${writeValue(payload)}}`);
    return writeBinary('reply', { join_ref: String(joinRef ?? ''), ref: String(ref ?? ''), topic, status }, bytes);
  }

  /** Of a join by the server the client is told nothing: it may be about to join by itself. */
  close({ topic, joinRef }: CodecTarget, _: LeaveReason, cause?: JoinFrame | LeaveFrame): string | undefined {
    return joinRef === undefined || isMistakable(joinRef, cause) ? undefined : text(joinRef, joinRef, topic, 'phx_close', '{}');
  }

  crash({ topic, joinRef }: CodecTarget): string | undefined {
    return joinRef === undefined ? undefined : text(joinRef, joinRef, topic, 'phx_error', '{"reason":"channel_crash"}');
  }

  protected readBytes(document: Buffer): PhoenixFields {
    if (isOfRealtime(document)) throw dialectErrors.realtimeNeeded();
    return readBinaryPush(document);
  }
}

function text(joinRef: FrameRef, ref: FrameRef, topic: string, event: string, payload: string): string {
  return `[${writeRef(joinRef)},${writeRef(ref)},${writeString(topic)},${writeString(event)},${payload}]`;
}
