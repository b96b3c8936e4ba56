import { Outbox, type Outgoing } from './outbox.js';

/** An outbox of documents: what is said in one turn is written at once, but each document for itself. */
export class DocumentOutbox extends Outbox {
  protected override writeSeveral(documents: Outgoing[]): void {
    this.sink.cork?.();
    for (const document of documents) this.write(document);
    this.sink.uncork?.();
  }
}
