import type { Clock } from '../common/clock.js';

/** How long a line stands for all others of its kind, in milliseconds. */
const WINDOW = 1_000;

/** Lines of which a client can cause any number: of each kind so many are written in a second, and then how many more there were. */
export class SampledLines {
  /** By kind, how many there were. Kinds are the application's own: no client makes one. */
  private readonly counts = new Map<string, number>();

  /** @param most - how many of a kind are written in a second. */
  constructor(
    private readonly clock: Clock,
    private readonly most = 1,
  ) {}

  /** @param write - gets how many lines stand behind this one; 0 for a line that is written for itself. */
  add(kind: string, write: (more: number) => void): void {
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    if (count === 0) this.clock.after(WINDOW, () => this.close(kind, write));
    if (count < this.most) write(0);
  }

  private close(kind: string, write: (more: number) => void): void {
    const more = (this.counts.get(kind) ?? 0) - this.most;
    this.counts.delete(kind);
    if (more > 0) write(more);
  }
}
