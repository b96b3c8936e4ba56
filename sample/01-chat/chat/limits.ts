import { HubException } from 'nestjs-signalr';

/** Nothing that people can add to grows for ever. */
export const limits = {
  people: 500,
  rooms: 50,
  /** Messages that a room remembers. */
  history: 50,
  nameLength: 24,
  /** Shorter keys could be guessed. */
  shortestKey: 16,
  longestKey: 100,
  messageLength: 1_000,
};

/** Letters and digits of any language, and a little between them; nothing invisible. */
const readable = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]*$/u;

/**
 * The name of a person or a room as it is kept: spaces at the ends and double ones are gone.
 *
 * @param text - as a client sent it, which may be null.
 */
export function checkName(kind: 'name' | 'room name', text: string | null): string {
  const name = (text ?? '').normalize('NFKC').trim().replace(/\s+/g, ' ');
  if (name === '') throw new HubException(`A ${kind} is needed.`);
  if (name.length > limits.nameLength) throw new HubException(`A ${kind} has at most ${limits.nameLength} characters.`);
  if (!readable.test(name)) throw new HubException(`A ${kind} is made of letters, digits, spaces and . _ ' - only.`);
  return name;
}

/** The secret by which a page is known. */
export function checkKey(key: string | null): string {
  const length = key?.length ?? 0;
  if (key !== null && length >= limits.shortestKey && length <= limits.longestKey) return key;
  throw new HubException(`A key has ${limits.shortestKey} to ${limits.longestKey} characters.`);
}

/** The text of a message as it is kept: empty lines at the ends are gone, and so is what no screen shows. */
export function checkMessage(text: string | null): string {
  const message = (text ?? '')
    .replace(/(?![\n\t])\p{Cc}/gu, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (message === '') throw new HubException('There is nothing to send.');
  if (message.length > limits.messageLength) throw new HubException(`A message has at most ${limits.messageLength} characters.`);
  return message;
}
