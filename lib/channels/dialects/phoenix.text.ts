import { bytesOf } from '../bytes.js';
import type { ChannelMessage } from '../channel.message.js';
import type { ChannelDocument, CodecTarget } from '../dialect.js';
import type { AnsweredFrame, ChannelFrame, FrameStatus } from '../frames.js';
import { PhoenixV2Codec } from './phoenix.v2.js';

/** Version 2.0.0 where nothing but text can be carried: bytes are base64, as in version 1.0.0. Clients may send bytes all the same. */
export class PhoenixTextCodec extends PhoenixV2Codec {
  override readonly name: string;

  /** @param spoken - reads what clients say. */
  constructor(private readonly spoken: PhoenixV2Codec) {
    super();
    this.name = spoken.name;
  }

  override decode(document: Buffer, isBinary: boolean): ChannelFrame[] {
    return this.spoken.decode(document, isBinary);
  }

  override write(message: ChannelMessage): ChannelDocument {
    return super.write({ ...message, args: message.args.map(asText) });
  }

  override push(target: CodecTarget, event: string, args: readonly unknown[], offset?: number): ChannelDocument {
    return super.push(target, event, args.map(asText), offset);
  }

  override reply(frame: AnsweredFrame, status: FrameStatus, payload: unknown): ChannelDocument | undefined {
    return super.reply(frame, status, asText(payload));
  }
}

function asText(value: unknown): unknown {
  const bytes = bytesOf(value);
  return bytes === undefined ? value : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
