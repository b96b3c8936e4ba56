/** What a connection holds among those that are counted, from before it is opened until it ends. */
export class Ticket {
  private giveBack: (() => void) | undefined;

  /** @param giveBack - called once. */
  constructor(giveBack: () => void) {
    this.giveBack = giveBack;
  }

  /** Gives it back; once more is nothing. */
  release(): void {
    this.giveBack?.();
    this.giveBack = undefined;
  }
}
