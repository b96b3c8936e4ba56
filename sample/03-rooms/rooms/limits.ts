import { ChannelException } from 'nestjs-signalr';

/** Nothing that people can add to grows for ever. */
export const limits = {
  /** Messages that a room remembers for those who come. */
  history: 50,
  nameLength: 24,
  messageLength: 1_000,
};

/** Letters and digits of any language, and a little between them; nothing invisible. */
const readable = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]*$/u;

/**
 * A name as the others see it: spaces at the ends and double ones are gone.
 *
 * @param given - as a client sent it, which may be anything.
 */
export function checkName(given: unknown): string {
  const name = textOf(given).normalize('NFKC').trim().replace(/\s+/g, ' ');
  if (name === '') throw refusal('A name is needed.');
  if (name.length > limits.nameLength) throw refusal(`A name has at most ${limits.nameLength} characters.`);
  if (!readable.test(name)) throw refusal("A name is made of letters, digits, spaces and . _ ' - only.");
  return name;
}

/** The text of a message as it is kept: empty lines at the ends are gone, and so is what no screen shows. */
export function checkMessage(given: unknown): string {
  const message = textOf(given)
    .replace(/(?![\n\t])\p{Cc}/gu, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (message === '') throw refusal('There is nothing to send.');
  if (message.length > limits.messageLength) throw refusal(`A message has at most ${limits.messageLength} characters.`);
  return message;
}

/** What is wrong, as a sentence for the page. */
export function refusal(reason: string): ChannelException {
  return new ChannelException({ reason });
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : '';
}
