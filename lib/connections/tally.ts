/** Counts by name, each of them up to a bound. What has no name is not counted, and where the bound is Infinity nothing is. */
export class Tally {
  private readonly counts = new Map<string, number>();
  /** Whether anything is counted. */
  readonly isUsed: boolean;

  constructor(private readonly most: number) {
    this.isUsed = most !== Infinity;
  }

  /** Whether one more would be too many. */
  isFull(name: string | undefined): boolean {
    return name !== undefined && this.isUsed && (this.counts.get(name) ?? 0) >= this.most;
  }

  add(name: string | undefined): void {
    if (name !== undefined && this.isUsed) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Names of whom none is left are forgotten. */
  remove(name: string | undefined): void {
    const left = name === undefined ? undefined : this.counts.get(name);
    if (name === undefined || left === undefined) return;
    if (left > 1) this.counts.set(name, left - 1);
    else this.counts.delete(name);
  }
}
