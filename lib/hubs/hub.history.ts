import { randomName } from '../connections/random-name.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import { groupName, idOf, type Address, type Name } from '../delivery/address.js';
import { missedSince, type Log, type LogBounds, type LogEntry, type LogPosition, type LogView } from '../delivery/log.js';
import { ToldLog, type Written } from '../delivery/told-log.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import type { RememberedMessage, SentMessage } from './hub.delivery.js';
import { KeptMessage, type GroupPosition, type PlacedMessage } from './kept-message.js';

/** How much a hub keeps of what is sent to each of its groups, and in which protocols. */
export interface HistorySettings extends LogBounds {
  readonly protocols: readonly HubProtocol[];
}

/** What the history wants of the hub around it. */
export interface HistoryHub {
  /** Of this hub alone; without a blank. */
  readonly key: string;
  readonly log: Log;
  /** Hands a message to those who are there. */
  deliver(address: Address, message: RememberedMessage): Promise<void>;
  report(doing: string, error: unknown): void;
}

/** What is sent to the groups of a hub, and what of it is kept for those who are away. */
export class HubHistory {
  private readonly log: ToldLog;
  private readonly placed = new WeakMap<LogEntry, PlacedMessage>();

  constructor(
    private readonly hub: HistoryHub,
    private readonly settings: HistorySettings,
  ) {
    this.log = new ToldLog(hub.log);
  }

  /**
   * Remembers a message, once for each of the groups, and sends it to their members. Throws what cannot be written.
   *
   * @returns rejects where some group could not remember it; its members have not got it then.
   */
  send({ names, except }: Address, message: SentMessage): Promise<void> {
    const groups = [...new Set(names)].map(idOf);
    const kept = KeptMessage.write(message, this.settings.protocols, groups.length > 1 ? randomName() : undefined);
    const keys = groups.map((group) => this.keyOf(group));
    // In a list: the next message does not wait until the backplane has taken this one.
    const deliver = (written: Written): [Promise<void>] => {
      const positions = positionsIn(written, groups, keys);
      return [this.hub.deliver({ names: positions.map(({ group }) => groupName(group)), except }, { ...message, kept, positions })];
    };
    return unlessUnheard(
      () => this.log.append(keys, kept.toText(), this.settings, deliver).then(([published]) => published),
      (error) => this.hub.report(`remembering '${message.target}' for groups`, error),
    );
  }

  /** What is there of a group. All of it was sent to the members by then. */
  read(group: string): Promise<LogView> {
    return this.log.read(this.keyOf(group));
  }

  /** A message that was read, as those get it who have missed it; the same for all who read it together. */
  place(group: string, epoch: string, entry: LogEntry): PlacedMessage {
    const { offset, value } = entry;
    const message = this.placed.get(entry) ?? KeptMessage.read(value).at([{ group, epoch, offset }]);
    this.placed.set(entry, message);
    return message;
  }

  private keyOf(group: string): string {
    return `group:${this.hub.key} ${group}`;
  }
}

/** Whether a message is for groups, and for nobody else. */
export function areGroups(names: readonly Name[]): boolean {
  return names.length > 0 && names.every((name) => name === groupName(idOf(name)));
}

/**
 * What somebody has missed in a group, who gets all that follows `first` by itself.
 *
 * @param since - where he says that he was.
 * @returns undefined where some of it is not known any more, or never was.
 */
export function missedBefore(
  first: LogPosition | undefined,
  since: LogPosition,
  { position, entries }: LogView,
): readonly LogEntry[] | undefined {
  if (first?.epoch !== position.epoch) return missedSince(since, { position, entries });
  const offset = Math.max(first.offset - 1, Math.min(since.offset, position.offset));
  return missedSince(since, { position: { ...position, offset }, entries: entries.filter((entry) => entry.offset <= offset) });
}

function positionsIn(written: Written, groups: readonly string[], keys: readonly string[]): GroupPosition[] {
  return groups.flatMap((group, index) => {
    const position = written.get(keys[index]);
    return position === undefined ? [] : { group, ...position };
  });
}
