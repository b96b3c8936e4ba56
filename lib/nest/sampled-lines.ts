import type { Clock } from '../common/clock.js';

/** How long a line stands for all others of its kind, in milliseconds. */
const WINDOW = 1_000;

/** Lines of which a client can cause any number: of each kind one is written in a second, and then how many more there were. */
export class SampledLines {
  /** By kind, how many were not written. Kinds are the application's own: no client makes one. */
  private readonly skipped = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** @param write - gets how many lines stand behind this one; 0 for a line that is written for itself. */
  add(kind: string, write: (more: number) => void): void {
    const skipped = this.skipped.get(kind);
    if (skipped !== undefined) return void this.skipped.set(kind, skipped + 1);
    this.skipped.set(kind, 0);
    write(0);
    this.clock.after(WINDOW, () => this.close(kind, write));
  }

  private close(kind: string, write: (more: number) => void): void {
    const more = this.skipped.get(kind) ?? 0;
    this.skipped.delete(kind);
    if (more > 0) write(more);
  }
}
