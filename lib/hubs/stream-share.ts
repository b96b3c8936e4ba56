/** A piece of all that a connection has said, from one position to another. */
interface Run {
  readonly start: number;
  end: number;
}

/** How much of what one stream has said still waits, in an outbox that others fill as well. What was said first goes first. */
export class StreamShare {
  private readonly runs: Run[] = [];
  private length = 0;

  /** The stream has said something, and then so much had been said in all. */
  add(size: number, end: number): void {
    const last = this.runs.at(-1);
    this.length += size;
    if (last?.end === end - size) last.end = end;
    else this.runs.push({ start: end - size, end });
  }

  /** @param taken - how much of all that was said has been taken. */
  waiting(taken: number): number {
    let gone = 0;
    for (; gone < this.runs.length && this.runs[gone].end <= taken; gone++) this.length -= this.runs[gone].end - this.runs[gone].start;
    if (gone > 0) this.runs.splice(0, gone);
    return this.runs.length === 0 ? 0 : this.length - Math.max(0, taken - this.runs[0].start);
  }
}
