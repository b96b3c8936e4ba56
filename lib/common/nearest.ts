/** A typing error is two letters at most, and one in a short name: beyond that a guess helps nobody. */
const FARTHEST = 2;
const LETTERS_FOR_EACH = 4;

/** Of some names the one that somebody may have meant; undefined where none is like what was written. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const farthest = Math.min(FARTHEST, Math.floor(written.length / LETTERS_FOR_EACH));
  const ranked = names.map((name) => ({ name, far: distance(written.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.far - b.far);
  return ranked.find(({ far }) => far <= farthest)?.name;
}

/** How many letters have to be put in, taken out or changed to make one text of another. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= to.length; j++)
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
  }
  return row[to.length];
}
