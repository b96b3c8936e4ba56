import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nextTurn } from './changes.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How many of the things that were made are still held by somebody. */
export async function stillHeld(things: readonly WeakRef<object>[]): Promise<number> {
  // What a WeakRef was made of, or read from, lives until the end of the turn.
  await nextTurn();
  collect();
  return things.filter((thing) => thing.deref() !== undefined).length;
}
