import { Kind } from './messagepack-format.js';
import { writeBoolean, writeListHead, writeMapHead, writeNil, writeNumber } from './messagepack-forms.js';
import type { MessagePackInput } from './messagepack-input.js';
import { ResultKind } from './messagepack-message.reader.js';
import type { MessagePackOutput } from './messagepack-output.js';
import type { MessagePackValueWriter } from './messagepack-values.writer.js';
import {
  type CompletionMessage,
  type HubMessage,
  type InvocationMessage,
  type MessageHeaders,
  MessageType,
  type StreamInvocationMessage,
} from './messages.js';

/**
 * Writes one message without its length. The elements, and how many of them there are, are those of ASP.NET Core.
 *
 * @throws what {@link MessagePackValueWriter} throws.
 * @internal
 */
export function writeMessage(message: HubMessage, values: MessagePackValueWriter): void {
  const { output } = values;
  switch (message.type) {
    case MessageType.Invocation:
    case MessageType.StreamInvocation:
      return writeCall(message, values);
    case MessageType.StreamItem:
      writeHead(output, 4, message);
      return values.write(message.item);
    case MessageType.Completion:
      return writeCompletion(message, values);
    case MessageType.CancelInvocation:
      return writeHead(output, 3, message);
    case MessageType.Ping:
      return writeType(output, 1, message.type);
    case MessageType.Close:
      writeType(output, 3, message.type);
      writeOptional(output, message.error);
      return writeBoolean(output, message.allowReconnect === true);
    case MessageType.Ack:
    case MessageType.Sequence:
      writeType(output, 2, message.type);
      writeNumber(output, message.sequenceId);
  }
}

/**
 * Writes a call with one more argument.
 *
 * @param call - what {@link writeMessage} has made of an invocation without streams, to be read from its beginning.
 * @internal
 */
export function addArgument(call: MessagePackInput, argument: unknown, values: MessagePackValueWriter): void {
  const { output } = values;
  const { bytes, at, end } = call;
  skipToArguments(call);
  output.raw(bytes.subarray(at, call.at));
  call.open();
  writeListHead(output, call.length + 1);
  // The list of streams is the last byte, and empty.
  output.raw(bytes.subarray(call.at, end - 1));
  values.write(argument);
  writeListHead(output, 0);
}

function skipToArguments(call: MessagePackInput): void {
  // Into the list of all parts, past the type, into the headers.
  for (let opened = 0; opened < 3; opened++) call.open();
  // The headers with their names, and then the id, which is nil, and the target.
  for (let left = 2 * call.length + 2; left > 0; left--) if (call.open() === Kind.Text) call.at += call.length;
}

function writeCall(message: InvocationMessage | StreamInvocationMessage, values: MessagePackValueWriter): void {
  const { output } = values;
  writeHead(output, 6, message);
  output.text(message.target);
  values.writeAll(message.arguments);
  const { streamIds = [] } = message;
  writeListHead(output, streamIds.length);
  for (const id of streamIds) output.text(id);
}

function writeCompletion(message: CompletionMessage, values: MessagePackValueWriter): void {
  const { output } = values;
  if (message.error) {
    writeHead(output, 5, message);
    output.byte(ResultKind.Error);
    output.text(message.error);
  } else if ('result' in message) {
    writeHead(output, 5, message);
    output.byte(ResultKind.Result);
    values.write(message.result);
  } else {
    writeHead(output, 4, message);
    output.byte(ResultKind.Void);
  }
}

/** What the messages about a call or a stream begin with. */
function writeHead(
  output: MessagePackOutput,
  count: number,
  message: { type: number; headers?: MessageHeaders; invocationId?: string },
): void {
  writeType(output, count, message.type);
  if (message.headers === undefined) writeMapHead(output, 0);
  else writeHeaders(output, message.headers);
  writeOptional(output, message.invocationId);
}

function writeType(output: MessagePackOutput, count: number, type: number): void {
  writeListHead(output, count);
  output.byte(type);
}

/** Headers that say nothing are left out: ASP.NET Core refuses empty ones in MessagePack, though not in JSON. */
function writeHeaders(output: MessagePackOutput, headers: MessageHeaders): void {
  const names = Object.keys(headers).filter((name) => name !== '' && headers[name]);
  writeMapHead(output, names.length);
  for (const name of names) {
    output.text(name);
    output.text(headers[name]);
  }
}

function writeOptional(output: MessagePackOutput, text: string | undefined): void {
  if (text) output.text(text);
  else writeNil(output);
}
