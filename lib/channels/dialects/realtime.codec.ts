import { bytesOf } from '../bytes.js';
import type { ChannelMessage } from '../channel.message.js';
import type { ChannelDocument, CodecTarget } from '../dialect.js';
import { readBinaryPush } from './phoenix.binary.js';
import { payloadOf, type PhoenixFields } from './phoenix.frames.js';
import { PhoenixV2Codec } from './phoenix.v2.js';
import { isPushedBroadcast, readUserBroadcast, writeUserBroadcast } from './realtime.binary.js';
import { BROADCAST, isUserBroadcast } from './realtime.broadcast.js';

/**
 * Version 2.0.0 of Phoenix' serializer with what realtime-js adds: broadcasts of clients are frames of bytes, and so are those of the server where
 * their payload is bytes. All others it reads as text.
 *
 * @see systems.md f
 */
export class RealtimeCodec extends PhoenixV2Codec {
  override readonly name = 'phoenix 2.0.0 with realtime';

  override write(message: ChannelMessage): ChannelDocument {
    return bytesOfBroadcast(message.topic, message.event, message.args) ?? super.write(message);
  }

  override push(target: CodecTarget, event: string, args: readonly unknown[], offset?: number): ChannelDocument {
    return bytesOfBroadcast(target.topic, event, args) ?? super.push(target, event, args, offset);
  }

  protected override readBytes(document: Buffer): PhoenixFields {
    return isPushedBroadcast(document) ? readUserBroadcast(document) : readBinaryPush(document);
  }
}

function bytesOfBroadcast(topic = '', event: string, args: readonly unknown[]): ChannelDocument | undefined {
  const said = payloadOf(args);
  if (event !== BROADCAST || !isUserBroadcast(said)) return undefined;
  const bytes = bytesOf(said.payload);
  return bytes && writeUserBroadcast(topic, said, bytes);
}
