import { PLACE } from '../common/queue.js';
import type { GroupPosition, PlacedMessage } from './kept-message.js';

/** Answers a question about a group. */
type AskGroup = (group: string) => boolean;

/** What is sent to the groups of one connection and has to wait. Each stays behind what was sent to one of its groups before. */
export class HeldMessages {
  /** What waits, in bytes. */
  size = 0;
  /** In the order in which they came, with their bytes. */
  private readonly messages = new Map<PlacedMessage, number>();
  /** How many wait that were sent to a group. */
  private readonly counts = new Map<string, number>();

  /** Whether something waits that was sent to a group. */
  has(group: string): boolean {
    return this.counts.has(group);
  }

  /** Where the first that waits stands in a group. */
  first(group: string): GroupPosition | undefined {
    if (!this.has(group)) return undefined;
    for (const { positions } of this.messages.keys()) {
      const position = positions.find((one) => one.group === group);
      if (position !== undefined) return position;
    }
    return undefined;
  }

  /** @param length - of its bytes. */
  add(message: PlacedMessage, length: number): void {
    this.messages.set(message, length + PLACE);
    this.size += length + PLACE;
    for (const { group } of message.positions) this.counts.set(group, (this.counts.get(group) ?? 0) + 1);
  }

  /** Takes one after the other, as long as there is any that may go: also what is added meanwhile. */
  *release(mustWait: AskGroup): Generator<PlacedMessage, void> {
    const behind = new Set<string>();
    for (const message of this.messages.keys()) {
      const waits = message.positions.some(({ group }) => behind.has(group) || mustWait(group));
      if (waits) for (const { group } of message.positions) behind.add(group);
      else yield this.take(message);
    }
  }

  /** Takes all that were sent to none of these groups. */
  *withdraw(isWanted: AskGroup): Generator<PlacedMessage, void> {
    for (const message of this.messages.keys()) if (!message.positions.some(({ group }) => isWanted(group))) yield this.take(message);
  }

  private take(message: PlacedMessage): PlacedMessage {
    this.size -= this.messages.get(message) ?? 0;
    this.messages.delete(message);
    for (const { group } of message.positions) {
      const others = (this.counts.get(group) ?? 0) - 1;
      if (others > 0) this.counts.set(group, others);
      else this.counts.delete(group);
    }
    return message;
  }
}
