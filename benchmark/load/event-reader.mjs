const DATA = 'data: ';

/** Finds the payloads of an event stream in what is read of it, however it was cut. */
export class EventReader {
  #rest = '';
  #take;

  /** @param take - called with the bytes of each payload. */
  constructor(take) {
    this.#take = take;
  }

  push(chunk) {
    // A character for each byte: a read may cut what is longer.
    const events = (this.#rest + chunk.toString('latin1')).split(/\r?\n\r?\n/);
    this.#rest = events.pop();
    for (const event of events) this.#read(event.split(/\r?\n/));
  }

  /** Lines that are no data are comments. */
  #read(lines) {
    const data = lines.filter((line) => line.startsWith(DATA)).map((line) => line.slice(DATA.length));
    if (data.length > 0) this.#take(Buffer.from(data.join('\n'), 'latin1'));
  }
}
