/** Waits for what events bring about: each of them looks again whether it is so. */
export class Changes {
  private readonly checks = new Set<() => void>();

  /** Something has changed. */
  announce(): void {
    for (const check of this.checks) check();
  }

  /** Settles once `isSo` is true after a change, or at once. */
  until(isSo: () => boolean): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (isSo() && this.checks.delete(check)) resolve();
      };
      this.checks.add(check);
    });
  }
}

/** The next turn of the event loop: what was ready by now has been dealt with. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** So many turns of the event loop, for what takes a few and must not happen. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}
