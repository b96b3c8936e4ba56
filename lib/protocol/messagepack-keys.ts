/**
 * Gives the name of a property another spelling.
 *
 * @internal
 */
export type Rename = (name: string) => string;

/** Objects that are dictionaries may bring any number of names. */
const REMEMBERED = 1_000;
const LONGEST = 32;

/**
 * The name that System.Text.Json gives a property of .NET: `UserName` is `userName`, `URLValue` is `urlValue`, `ID` is `id`. What begins with
 * anything but a capital stays as it is.
 *
 * @see .NET's JsonNamingPolicy.CamelCase
 * @internal
 */
export function toCamelCase(name: string): string {
  const capitals = countCapitals(name);
  if (capitals === 0) return name;
  // Of a row of capitals the last one begins the next word, unless nothing but a space, or the end, follows it.
  const isWhole = capitals === name.length || name[capitals] === ' ';
  const count = capitals === 1 || isWhole ? capitals : capitals - 1;
  return lowered(name.slice(0, count)) + name.slice(count);
}

/** Each character for itself, as .NET does: JavaScript looks at their neighbours, and makes two of some. */
function lowered(capitals: string): string {
  let small = '';
  for (let index = 0; index < capitals.length; index++) {
    const letter = capitals[index].toLowerCase();
    small += letter.length === 1 ? letter : capitals[index];
  }
  return small;
}

/**
 * The name that a property of .NET most likely has whose JSON name this is: `userName` is `UserName`. Acronyms do not come back: `id` is `Id`.
 *
 * @internal
 */
export function toPascalCase(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/**
 * The same renaming, with a memory for what it has done: names that a program has are short and few, those that a peer invents may be neither.
 *
 * @internal
 */
export function remembered(rename: Rename): Rename {
  const known = new Map<string, string>();
  return (name) => {
    if (name.length > LONGEST) return rename(name);
    let renamed = known.get(name);
    if (renamed !== undefined) return renamed;
    if (known.size >= REMEMBERED) known.clear();
    renamed = rename(name);
    known.set(name, renamed);
    return renamed;
  };
}

function countCapitals(name: string): number {
  let count = 0;
  while (count < name.length && isCapital(name, count)) count++;
  return count;
}

function isCapital(name: string, index: number): boolean {
  const code = name.charCodeAt(index);
  return code < 0x80 ? code >= 0x41 && code <= 0x5a : /^\p{Lu}$/u.test(name[index]);
}
