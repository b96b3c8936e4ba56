import { channelUseErrors } from '../common/channel-errors.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import type { ChannelCore } from './channel.core.js';
import type { PresenceBoard, PresenceMeta } from './presence.board.js';

/** Somebody who is in a topic. */
export interface PresenceInfo {
  readonly key: string;
  /** What was tracked of each device, and the reference by which clients know it. */
  readonly metas: readonly PresenceMeta[];
}

/** A part of those who are in a topic. */
export interface PresenceList extends ReadonlyArray<PresenceInfo> {
  /** Where the next part begins; undefined at the end. */
  readonly cursor: string | undefined;
}

/** How many keys a part of a list has. */
const PAGE = 1_000;

/** Who is in the topics of channels with `presence: true`: those whom `socket.track` has shown. Inject it by its class. */
export class Presence {
  /** @internal */
  constructor(private readonly core: ChannelCore) {}

  /**
   * Those who are in a topic, in the order of their keys, 1,000 of them at a time.
   *
   * @param options.cursor - where an earlier part ended; from the beginning without it.
   * @example
   * for (let page = await presence.list(topic); ; page = await presence.list(topic, { cursor: page.cursor })) {
   *   for (const { key, metas } of page) console.log(key, metas.length);
   *   if (page.cursor === undefined) break;
   * }
   */
  list(topic: string, { cursor }: { readonly cursor?: string } = {}): Promise<PresenceList> {
    return this.ask(topic, (board) => {
      const known = board.page(cursor, PAGE + 1);
      const page = known.slice(0, PAGE);
      return Object.assign(page, { cursor: known.length > PAGE ? page[PAGE - 1].key : undefined });
    });
  }

  /** How many keys are in a topic: a user with three devices is one. */
  count(topic: string): Promise<number> {
    return this.ask(topic, (board) => board.count);
  }

  private ask<T>(topic: string, question: (board: PresenceBoard) => T): Promise<T> {
    const work = async (): Promise<T> => {
      if (typeof topic !== 'string' || topic === '') throw channelUseErrors.wrongName('topic', topic);
      return question(await this.core.presence.boardOf(topic));
    };
    return unlessUnheard(work, (error) => this.core.report('Presence', 'asking who is in a topic', error));
  }
}
