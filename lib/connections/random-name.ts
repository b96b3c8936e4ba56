import { randomFillSync } from 'node:crypto';

const LENGTH = 16;

/** The system is asked for 256 names at a time: asked for each alone, the two of a connection took a tenth of its connect. */
const pool = Buffer.alloc(256 * LENGTH);
let used = pool.length;

/** 128 random bits, as the official clients expect them: 22 characters. */
export function randomName(): string {
  if (used === pool.length) refill();
  const name = pool.toString('base64url', used, used + LENGTH);
  // A name may be a secret: nothing is left of it here.
  pool.fill(0, used, (used += LENGTH));
  return name;
}

function refill(): void {
  randomFillSync(pool);
  used = 0;
}
