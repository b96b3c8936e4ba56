/** Gives what is sent to a peer instead of a message. */
export type Mischief = (message: string, peer: number) => string[];

/** What has to be sent. */
export const honestly: Mischief = (message) => [message];

/** Does it once, to the very first message. */
export function toTheFirst(mischief: (message: string) => string[]): Mischief {
  let isDone = false;
  return (message) => {
    if (isDone) return [message];
    isDone = true;
    return mischief(message);
  };
}

/** The first two messages of one peer change places. */
export function swapping(): Mischief {
  let first: { message: string; peer: number } | undefined;
  let isDone = false;
  return (message, peer) => {
    first ??= { message, peer };
    if (isDone || peer !== first.peer) return [message];
    if (message === first.message) return [];
    isDone = true;
    return [message, first.message];
  };
}
