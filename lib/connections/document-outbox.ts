import { Payload } from '../common/payload.js';
import { Outbox, type Outgoing } from './outbox.js';

/** An outbox of documents: what is said in one turn is written at once, but each document for itself. */
export class DocumentOutbox extends Outbox {
  /** Most turns have one. */
  private first: Outgoing | undefined;
  private others: Outgoing[] | undefined;

  protected override add(item: Outgoing): void {
    if (this.first === undefined) this.first = item;
    else (this.others ??= []).push(item);
  }

  protected override writeOut(): void {
    const { first, others, sink } = this;
    this.first = undefined;
    this.others = undefined;
    if (others !== undefined) sink.cork?.();
    if (first !== undefined) this.write(first);
    if (others === undefined) return;
    for (const document of others) this.write(document);
    sink.uncork?.();
  }

  private write(document: Outgoing): void {
    if (document instanceof Payload) this.sink.writeShared(document);
    else this.sink.write(document);
  }
}
