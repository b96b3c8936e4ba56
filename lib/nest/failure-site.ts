/** A line of a stack that says where. */
const PLACE = /^ +at .+$/m;

/** What an action is done to: names that clients may have made. */
const NAMES = /'.*'/gs;

/**
 * Where in the code something failed, in words of which there are no more than there is code, whatever clients send: the text of an error may be a
 * client's own, and stands at the beginning of its stack.
 */
export function siteOf(doing: string, { message, stack = '' }: Error): string {
  const text = stack.indexOf(message);
  const place = text < 0 ? undefined : PLACE.exec(stack.slice(text + message.length))?.[0];
  return `${doing.replace(NAMES, '')}${place ?? ''}`;
}
