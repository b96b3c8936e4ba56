import { protocolErrors } from '../common/errors.js';
import { endOfString, parseJson } from '../common/json-text.js';

/** One property of an object that is being read. */
export interface JsonProperty {
  name: string;
  value: unknown;
}

const whole = (text: string): unknown => parseJson(text);

/**
 * Reads an object property by property, as a stream is read and as ASP.NET Core does it: what stands before a mistake is seen before the
 * mistake is, and what follows the object is not read at all.
 *
 * @param parse - gives the value of a property's text; `JSON.parse` if left out.
 * @returns the properties in their order, each time that one occurs.
 * @throws SignalRError `InvalidDataException` when the text does not begin with an object, or at the place where it is no JSON.
 * @internal
 */
export function* readProperties(text: string, parse: (text: string, name: string) => unknown = whole): Generator<JsonProperty> {
  let at = skipSpace(text, startOfObject(text) + 1);
  if (text[at] === '}') return;
  for (;;) {
    const nameEnd = endOfName(text, at);
    const name = parseJson(text.slice(at, nameEnd)) as string;
    const start = afterColon(text, nameEnd);
    const end = endOfValue(text, start);
    yield { name, value: parse(text.slice(start, end), name) };
    at = skipSpace(text, end);
    if (text[at] === '}') return;
    if (text[at] !== ',') throw protocolErrors.notJson();
    at = skipSpace(text, at + 1);
  }
}

function startOfObject(text: string): number {
  const start = skipSpace(text, 0);
  if (text[start] === '{') return start;
  if (text[start] === '[') throw protocolErrors.notAnObject('Array');
  throw protocolErrors.notAnObject(tokenOf(parseJson(text.slice(start, endOfValue(text, start)))));
}

/** The names that System.Text.Json has for what stands alone. */
function tokenOf(value: unknown): string {
  if (value === null) return 'Null';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? 'String' : 'Number';
}

function endOfName(text: string, start: number): number {
  if (text[start] !== '"') throw protocolErrors.notJson();
  return endOfString(text, start) + 1;
}

function afterColon(text: string, nameEnd: number): number {
  const colon = skipSpace(text, nameEnd);
  if (text[colon] !== ':') throw protocolErrors.notJson();
  return skipSpace(text, colon + 1);
}

/** Only where the value ends: whether it is one is for the parser to say. */
function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start) + 1;
  return text[start] === '{' || text[start] === '[' ? endOfNested(text, start) : endOfLiteral(text, start);
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfLiteral(text: string, start: number): number {
  let at = start;
  while (at < text.length && !',}]{["'.includes(text[at]) && !isSpace(text[at])) at++;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text[at])) at++;
  return at;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
