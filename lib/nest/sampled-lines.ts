import type { Cancel, Clock } from '../common/clock.js';

/** How long a line stands for all others of its kind, in milliseconds. */
const WINDOW = 1_000;

/** So many lines of a kind that differ are written in that time each for itself. */
const MOST_DIFFERENT = 10;

/** Writes a line; gets how many lines stand behind it, 0 for one that is written for itself. */
export type Write = (more: number) => void;

/** How many lines of a kind there were. */
interface Sample {
  count: number;
  readonly write: Write;
  readonly cancel: Cancel;
}

/** Lines of which a client can cause any number: of each kind so many are written in a second, and then how many more there were. */
export class SampledLines {
  private readonly samples = new Map<string, Sample>();
  /** By kind, the lines in it that differ. */
  private readonly different = new Map<string, Set<string>>();

  /** @param most - how many of a kind are written in a second. */
  constructor(
    private readonly clock: Clock,
    private readonly most = 1,
  ) {}

  /** @param kind - the application's own: no client makes one. */
  add(kind: string, write: Write): void {
    const sample = this.samples.get(kind) ?? this.open(kind, write);
    if (++sample.count <= this.most) write(0);
  }

  /**
   * The same where lines of a kind differ: each stands for those that are the same, and nothing that is different is lost in them. A client can make
   * any number of these, too: those beyond {@link MOST_DIFFERENT} stand for each other.
   *
   * @param others - writes for those.
   */
  addDifferent(kind: string, line: string, write: Write, others: Write): void {
    const known = this.differentIn(kind);
    if (known.size < MOST_DIFFERENT) known.add(line);
    if (known.has(line)) this.add(`${kind} ${line}`, write);
    else this.add(kind, (more) => (more === 0 ? write(0) : others(more)));
  }

  /** Says at the end what has not been said yet. */
  finish(): void {
    for (const kind of Array.from(this.samples.keys())) this.close(kind);
  }

  private differentIn(kind: string): Set<string> {
    const known = this.different.get(kind) ?? new Set();
    if (!this.different.has(kind)) this.clock.after(WINDOW, () => this.different.delete(kind));
    this.different.set(kind, known);
    return known;
  }

  private open(kind: string, write: Write): Sample {
    const sample = { count: 0, write, cancel: this.clock.after(WINDOW, () => this.close(kind)) };
    this.samples.set(kind, sample);
    return sample;
  }

  private close(kind: string): void {
    const sample = this.samples.get(kind);
    this.samples.delete(kind);
    sample?.cancel();
    const more = (sample?.count ?? 0) - this.most;
    if (more > 0) sample?.write(more);
  }
}
