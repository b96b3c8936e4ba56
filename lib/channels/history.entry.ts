import { JsonValues, writeString } from '../common/json-values.js';
import { bytesOf } from './bytes.js';
import type { ChannelMessage } from './channel.message.js';
import { MessageMeta } from './message-meta.js';

const values = new JsonValues();

/** An argument in the log: bytes stay bytes, for dialects that send them as they are. */
type Argument = { readonly value: unknown } | { readonly bytes: string };

interface Entry {
  readonly event: string;
  readonly args: readonly Argument[];
  readonly meta?: Record<string, unknown>;
}

/** What is said in a topic as the log keeps it. Throws what cannot be written for. */
export function writeEntry({ event, args, meta }: ChannelMessage): string {
  const fields = [`"event":${writeString(event)}`, `"args":[${args.map(writeArgument).join(',')}]`];
  if (meta !== undefined) fields.push(`"meta":${values.write(meta)}`);
  return `{${fields.join(',')}}`;
}

/** What was said, as whoever missed it is told. */
export function readEntry(topic: string, offset: number, text: string): ChannelMessage {
  const { event, args, meta } = JSON.parse(text) as Entry;
  return { isShared: true, topic, offset, event, args: args.map(readArgument), ...(meta && { meta: readMeta(meta) }) };
}

function writeArgument(arg: unknown): string {
  const bytes = bytesOf(arg);
  return bytes === undefined ? `{"value":${values.write(arg)}}` : `{"bytes":"${Buffer.from(bytes).toString('base64')}"}`;
}

function readArgument(arg: Argument): unknown {
  return 'bytes' in arg ? Buffer.from(arg.bytes, 'base64') : arg.value;
}

function readMeta({ timestamp, expiration, ...rest }: Record<string, unknown>): MessageMeta {
  return new MessageMeta({
    ...rest,
    ...(timestamp !== undefined && { timestamp: new Date(timestamp as string) }),
    ...(expiration !== undefined && { expiration: new Date(expiration as string) }),
  });
}
