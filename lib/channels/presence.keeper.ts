import type { Clock } from '../common/clock.js';
import { JsonValues } from '../common/json-values.js';
import { NEVER_DROPPED } from '../common/slowness.js';
import { randomName } from '../connections/random-name.js';
import type { Store } from '../delivery/store.js';
import { ChannelCall, type CallPlace } from './channel.call.js';
import type { ChannelDescriptor, ChannelHandler } from './channel.descriptor.js';
import type { ChannelMessage } from './channel.message.js';
import { PresenceBoard, type PresenceDiff, type PresenceMeta, type PresenceRecord } from './presence.board.js';
import { PAUSE, PresenceRoom, type PresenceFollower, type PresenceTeller } from './presence.room.js';

/** What presence wants of the channels around it. */
export interface PresenceGround {
  readonly clock: Clock;
  readonly store: Store;
  /** How many are in a topic. */
  audience(topic: string): number;
  broadcast(message: ChannelMessage & { topic: string }, except: ReadonlySet<string>): Promise<void>;
  report(channel: string, doing: string, error: unknown): void;
}

const values = new JsonValues();

/** About what a device takes on the wire beside its key and its meta. */
const FRAME = 60;

/** Who is in which topic. What is tracked here stands in the store as well, where other nodes find it. */
export class PresenceKeeper implements PresenceTeller {
  private readonly rooms = new Map<string, PresenceRoom>();
  /** Those where something waits to be told. */
  private readonly untold = new Set<PresenceRoom>();
  private isTimed = false;

  constructor(private readonly ground: PresenceGround) {}

  /** A socket is about to come in; rejects where the store does not answer. {@link PresenceKeeper.exit} has to follow in any case. */
  async enter(topic: string, channel: ChannelDescriptor): Promise<void> {
    const room = this.rooms.get(topic) ?? new PresenceRoom(topic, this);
    this.rooms.set(topic, room);
    room.channels.add(channel);
    room.sockets++;
    await (room.ready ??= this.load(topic, room.board));
  }

  /** A socket is in, and gets all that is said in the topic from now on. */
  welcome(topic: string, follower: PresenceFollower): void {
    const room = this.rooms.get(topic) as PresenceRoom;
    room.welcome(follower);
    this.watch(room);
  }

  /** A socket is gone, and all that was known of it. */
  exit(topic: string, follower: PresenceFollower): void {
    const room = this.rooms.get(topic) as PresenceRoom;
    const record = room.dismiss(follower);
    if (record !== undefined) this.unwrite(room, record);
    if (--room.sockets > 0) return this.tellSoon(room);
    this.rooms.delete(topic);
    this.untold.delete(room);
    room.end();
  }

  /** A socket is somebody from now on, or somebody else. Throws what cannot be written for. */
  async track(topic: string, id: string, key: string, meta: object): Promise<void> {
    const room = this.rooms.get(topic) as PresenceRoom;
    const before = room.tracked.get(id);
    const record = makeRecord(key, values.write(meta), before?.key === key ? knownRef(room.board, before) : undefined);
    room.tracked.set(id, record);
    // First of all what it is now: clients that are told one thing after the other never see it gone.
    room.board.add(record);
    if (before !== undefined) room.board.remove(before);
    this.tellSoon(room);
    await this.ground.store.set(storeKey(topic), record.meta.phx_ref, JSON.stringify({ key, meta: record.meta }));
    if (before !== undefined) await this.ground.store.delete(storeKey(topic), before.meta.phx_ref);
  }

  /** A socket is nobody any more. */
  async untrack(topic: string, id: string): Promise<void> {
    const room = this.rooms.get(topic) as PresenceRoom;
    const record = room.tracked.get(id);
    if (record === undefined) return;
    room.tracked.delete(id);
    room.board.remove(record);
    this.tellSoon(room);
    await this.ground.store.delete(storeKey(topic), record.meta.phx_ref);
  }

  /** What a socket is tracked as. */
  find(topic: string, id: string): PresenceRecord | undefined {
    return this.rooms.get(topic)?.tracked.get(id);
  }

  /** Who is in a topic, also where nobody of this node is. */
  async boardOf(topic: string): Promise<PresenceBoard> {
    const room = this.rooms.get(topic);
    if (room !== undefined) return (await room.ready, room.board);
    const board = new PresenceBoard();
    await this.load(topic, board);
    return board;
  }

  audience(topic: string): number {
    return this.ground.audience(topic);
  }

  tell({ topic, channels }: PresenceRoom, diff: PresenceDiff, except: ReadonlySet<string>): void {
    const message = { isShared: true, topic, event: 'presence_diff', args: [diff], slowness: NEVER_DROPPED };
    this.ground.broadcast(message, except).catch((error: unknown) => this.ground.report('Presence', `telling who is in '${topic}'`, error));
    for (const channel of channels)
      if (channel.presenceChanged !== undefined) void this.call(channel, channel.presenceChanged, topic, diff);
  }

  private async load(topic: string, board: PresenceBoard): Promise<void> {
    for (const [, text] of await this.ground.store.entries(storeKey(topic))) board.add(readRecord(text));
    board.tell(Infinity);
  }

  /** Now, if nothing was told lately; one timer serves all topics. */
  private tellSoon(room: PresenceRoom): void {
    room.tell(this.ground.clock.now());
    this.watch(room);
  }

  private watch(room: PresenceRoom): void {
    if (room.isQuiet) return;
    this.untold.add(room);
    if (!this.isTimed) this.ground.clock.after(PAUSE, () => this.tellAll());
    this.isTimed = true;
  }

  private tellAll(): void {
    this.isTimed = false;
    const rooms = [...this.untold];
    this.untold.clear();
    for (const room of rooms) {
      room.tell(this.ground.clock.now());
      room.serve();
      this.watch(room);
    }
  }

  private unwrite({ topic }: PresenceRoom, { meta }: PresenceRecord): void {
    this.ground.store
      .delete(storeKey(topic), meta.phx_ref)
      .catch((error: unknown) => this.ground.report('Presence', `taking somebody who has left out of '${topic}'`, error));
  }

  private async call({ name }: ChannelDescriptor, handler: ChannelHandler, topic: string, { joins, leaves }: PresenceDiff): Promise<void> {
    const report = (doing: string, error: unknown): void => this.ground.report(name, doing, error);
    try {
      await handler(new ChannelCall(placeOf(topic, report), 'presence', [joins, leaves]));
    } catch (error) {
      report(`running @PresenceChanged for '${topic}'`, error);
    }
  }
}

function storeKey(topic: string): string {
  return `presence:${topic}`;
}

/** @param text - the meta as it is on the wire: what the application changes in its own object later is not told. */
function makeRecord(key: string, text: string, previous: string | undefined): PresenceRecord {
  // What a client calls so is none of the server's.
  const { phx_ref: _, phx_ref_prev: __, ...own } = JSON.parse(text) as Partial<PresenceMeta>;
  const ref = { phx_ref: randomName(), ...(previous === undefined ? undefined : { phx_ref_prev: previous }) };
  return { key, meta: { ...own, ...ref }, size: key.length + text.length + FRAME };
}

function readRecord(text: string): PresenceRecord {
  return { ...(JSON.parse(text) as { key: string; meta: PresenceMeta }), size: text.length };
}

/** By what clients know somebody who is about to be updated: what they were never told of is nothing to them. */
function knownRef(board: PresenceBoard, { meta }: PresenceRecord): string | undefined {
  return board.hasTold(meta.phx_ref) ? meta.phx_ref : meta.phx_ref_prev;
}

/** Handlers are called for nobody in particular. */
function placeOf(topic: string, report: CallPlace['report']): CallPlace {
  return { caller: {}, opener: {}, topic, signal: new AbortController().signal, report };
}
