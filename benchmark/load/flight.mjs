/** What was sent and is not answered yet, over all connections of a load. */
export class Flight {
  /** How many came to their end. */
  landed = 0;
  #inFlight = 0;
  #whenEmpty = () => {};

  start(count) {
    this.#inFlight += count;
  }

  land(count) {
    this.landed += count;
    this.#inFlight -= count;
    if (this.#inFlight === 0) this.#whenEmpty();
  }

  /** Settles when nothing is under way, or when it is no use to wait any longer. */
  async empty(patience) {
    if (this.#inFlight === 0) return;
    let timer;
    await new Promise((resolve) => {
      this.#whenEmpty = resolve;
      timer = setTimeout(resolve, patience);
    });
    clearTimeout(timer);
  }
}
