/** A piece has to fit into a message, for which servers take 32 KiB unless they are told otherwise. */
const pieceSize = 16 * 1_024;
/** How much may be on its way: enough to keep the line busy, and little enough to stop at once. */
const mostOnTheWay = 8 * pieceSize;

/** Sends one file, which is read as the server takes it. */
export class Sender {
  #file;
  #observer;
  #items;
  #stop;
  #received = 0;
  #isOver = false;
  #goOn = () => undefined;

  /** @param observer is told `progress` with what the server has; then `done` with its hash, or `failed` with `isLost` and a sentence. */
  constructor(connection, file, observer) {
    this.#file = file;
    this.#observer = observer;
    this.#items = connection.newUpload();
    const answers = {
      next: (progress) => this.#hear(progress),
      complete: () => this.#end(),
      error: (failure) => this.#fail(failure),
    };
    this.#stop = connection.stream(answers, 'upload', file.size, this.#items);
  }

  /** Settles when all of it is on its way, or it is over. */
  async send() {
    try {
      for (let sent = 0; sent < this.#file.size && !this.#isOver; sent += pieceSize) {
        await this.#room(sent);
        const piece = await this.#file.slice(sent, sent + pieceSize).arrayBuffer();
        if (!this.#isOver) this.#items.next(new Uint8Array(piece));
      }
      if (!this.#isOver) this.#items.complete();
    } catch {
      if (this.#isOver) return;
      this.cancel();
      this.#observer.failed({ isLost: false, sentence: 'The file cannot be read any more. Please choose it again.' });
    }
  }

  /** The server is told nothing more, and tells nothing more. */
  cancel() {
    this.#stop();
    this.#end();
  }

  #hear({ bytes, sha256 }) {
    this.#received = bytes;
    this.#observer.progress(bytes);
    if (sha256 !== undefined) this.#observer.done(sha256);
    this.#goOn();
  }

  #fail(failure) {
    this.#end();
    this.#observer.failed(failure);
  }

  #end() {
    this.#isOver = true;
    this.#goOn();
  }

  async #room(sent) {
    while (!this.#isOver && sent - this.#received >= mostOnTheWay) await new Promise((resolve) => (this.#goOn = resolve));
  }
}
