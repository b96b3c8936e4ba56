import { Payload } from '../common/payload.js';
import { Outbox, type Outgoing } from './outbox.js';

/** An outbox of documents: what is said in one turn is written at once, but each document for itself. */
export class DocumentOutbox extends Outbox {
  private documents: Outgoing[] = [];

  protected override add(item: Outgoing): void {
    this.documents.push(item);
  }

  protected override writeOut(): void {
    const { documents, sink } = this;
    this.documents = [];
    if (documents.length > 1) sink.cork?.();
    for (const document of documents) {
      if (document instanceof Payload) sink.writeShared(document);
      else sink.write(document);
    }
    if (documents.length > 1) sink.uncork?.();
  }
}
