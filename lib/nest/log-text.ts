import { asError } from '../common/errors.js';
import { redacted } from '../common/redacted.js';

/** The most of a text from outside that stands in a line. */
const LONGEST = 200;
const LONGEST_STACK = 4_000;

/** Controls, among them those of terminals, line ends of every kind, what turns the direction of writing, and halves of characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What clients send may neither begin a line of its own nor colour the terminal nor fill the disk. */
export function printable(text: string): string {
  const harmless = redacted(text.slice(0, LONGEST_STACK)).slice(0, LONGEST).replace(HARMFUL, escaped);
  return text.length > LONGEST ? `${harmless}…` : harmless;
}

/** A stack keeps its lines; the message at its beginning may be anything. */
export function printableStack(stack: string): string {
  return redacted(stack.slice(0, LONGEST_STACK)).split('\n').map(printable).join('\n');
}

/** With what lies behind it, where the sentence is one that clients get. */
export function reasonOf(error: unknown): string {
  const { message, cause } = asError(error);
  return printable(cause instanceof Error ? cause.message : message);
}

/** The end of a line that says why, if there is a why. */
export const becauseOf = (error: Error | undefined): string => (error === undefined ? '' : `: ${reasonOf(error)}`);

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}`;
}
