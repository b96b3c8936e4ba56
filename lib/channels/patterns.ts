const STAR = '*';

/** What is found under a pattern: a name, or with a star at its end the beginning of names. */
export type PatternEntry<T> = readonly [pattern: string, value: T];

/**
 * What is known by patterns, worked out at boot: a name that is written out wins, then the longest beginning, then what was declared first.
 * A look-up costs one look into a map, and one comparison for each beginning.
 */
export class PatternTable<T> {
  private readonly names = new Map<string, T>();
  private readonly beginnings: PatternEntry<T>[] = [];

  constructor(entries: Iterable<PatternEntry<T>>) {
    for (const [pattern, value] of entries) this.add(pattern, value);
    // The order of equal ones is kept.
    this.beginnings.sort(([one], [other]) => other.length - one.length);
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.beginnings.length === 0;
  }

  /** What stands under the pattern that fits a name best. */
  find(name: string): T | undefined {
    const value = this.names.get(name);
    if (value !== undefined) return value;
    for (const [beginning, found] of this.beginnings) if (name.startsWith(beginning)) return found;
    return undefined;
  }

  private add(pattern: string, value: T): void {
    if (pattern.endsWith(STAR)) this.beginnings.push([pattern.slice(0, -1), value]);
    else if (!this.names.has(pattern)) this.names.set(pattern, value);
  }
}

/** Whether a text can be a pattern: it has a star at its end alone, if at all. */
export function isPattern(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && !text.slice(0, -1).includes(STAR);
}

/** Whether some name fits both patterns. */
export function canMeet(one: string, other: string): boolean {
  if (!one.endsWith(STAR)) return fits(one, other);
  const beginning = one.slice(0, -1);
  return other.endsWith(STAR) ? meets(beginning, other.slice(0, -1)) : other.startsWith(beginning);
}

/** What of a name the star of its pattern stands for; of a name that is written out, what follows its first colon. */
export function starOf(pattern: string, name: string): string {
  if (pattern.endsWith(STAR)) return name.slice(pattern.length - 1);
  const colon = name.indexOf(':');
  return colon < 0 ? '' : name.slice(colon + 1);
}

/** Whether a name fits a pattern. */
export function fits(name: string, pattern: string): boolean {
  return pattern.endsWith(STAR) ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function meets(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}
