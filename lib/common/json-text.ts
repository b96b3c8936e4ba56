import { isUtf8 } from 'node:buffer';
import { protocolErrors } from './errors.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** A function as the second parameter of `JSON.parse` knows it; `this` is the object or array that holds the value. */
export type Reviver = (this: Record<string, unknown>, key: string, value: unknown, context?: { source?: string }) => unknown;

/**
 * Decodes the text of one message and bounds its depth before anything parses it.
 *
 * @param maximumDepth - the most levels of objects and arrays; the message itself is the first.
 * @throws SignalRError `InvalidDataException` for text that is no UTF-8 or is nested deeper.
 * @internal
 */
export function readText(bytes: Buffer, start: number, end: number, maximumDepth: number): string {
  const text = bytes.toString('utf8', start, end);
  // What is invalid is decoded to U+FFFD, so only text that has one needs the second look. In ASCII the search costs nothing.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw protocolErrors.notUtf8();
  if (text.length > 2 * maximumDepth && isDeeper(text, maximumDepth)) throw protocolErrors.tooDeep(maximumDepth);
  return text;
}

/**
 * `JSON.parse` without own `__proto__` properties: whoever copies one with `Object.assign` or a loop gives the copy another prototype.
 *
 * @param reviver - is not shown those properties either.
 * @throws SignalRError `InvalidDataException` whose `cause` is what `JSON.parse` or the reviver threw.
 * @internal
 */
export function parseJson(text: string, reviver?: Reviver): unknown {
  try {
    return reviver === undefined ? parsePlain(text) : JSON.parse(text, withoutProto(reviver));
  } catch (cause) {
    throw protocolErrors.notJson(cause);
  }
}

/**
 * The index of the quote that ends the string which begins at `start`; the length of the text, or one more, if none does.
 *
 * @internal
 */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function parsePlain(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (mayHoldProto(text)) removeProto(value);
  return value;
}

/** An escape can hide the name only as `\u00…`: all of its letters are ASCII and none has a short escape. */
function mayHoldProto(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u00');
}

function removeProto(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) delete (value as Record<string, unknown>)['__proto__'];
  for (const child of Object.values(value)) removeProto(child);
}

/** Children are revived before their parents, so a reviver never meets an object that still has the property. */
function withoutProto(reviver: Reviver): Reviver {
  return function (key, value, context) {
    return key === '__proto__' ? undefined : reviver.call(this, key, value, context);
  };
}

function isDeeper(text: string, maximum: number): boolean {
  if (!hasMoreOpenings(text, maximum)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--;
    else if ((code === OPEN_BRACKET || code === OPEN_BRACE) && ++depth > maximum) return true;
  }
  return false;
}

/** Long messages are mostly long strings: a search that hops from bracket to bracket passes over them at the speed of memory. */
function hasMoreOpenings(text: string, maximum: number): boolean {
  let count = 0;
  for (let at = text.indexOf('['); at >= 0 && count <= maximum; at = text.indexOf('[', at + 1)) count++;
  for (let at = text.indexOf('{'); at >= 0 && count <= maximum; at = text.indexOf('{', at + 1)) count++;
  return count > maximum;
}
