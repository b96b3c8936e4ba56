import { channelUseErrors } from '../common/channel-errors.js';
import type { ChannelDescriptor } from './channel.descriptor.js';
import type { PresenceKeeper } from './presence.keeper.js';
import type { PresenceFollower } from './presence.room.js';

const DONE = Promise.resolve();

/** The socket whose presence it is. */
export interface PresentSocket extends PresenceFollower {
  readonly topic: string;
  /** By which it is known where nobody says otherwise. */
  readonly presenceKey: string;
}

/** One socket as those see it who are in its topic with it. */
export class SocketPresence {
  /** Between its join and its leave. */
  private isIn = false;

  constructor(
    private readonly socket: PresentSocket,
    private readonly channel: ChannelDescriptor,
    private readonly keeper: PresenceKeeper,
  ) {}

  /** It is about to come in: it can be tracked from now on. Rejects where it cannot be found out who is there. */
  async enter(): Promise<void> {
    this.isIn = true;
    await this.keeper.enter(this.socket.topic, this.channel);
  }

  /** It is in, and its client is told who is there. */
  welcome(): void {
    if (this.isIn) this.keeper.welcome(this.socket.topic, this.socket);
  }

  /** It is gone. */
  exit(): void {
    if (this.isIn) this.keeper.exit(this.socket.topic, this.socket);
    this.isIn = false;
  }

  /** Others see it from now on. Throws what cannot be written for. */
  track(meta: unknown, key: unknown = this.socket.presenceKey): Promise<void> {
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) throw channelUseErrors.wrongMeta(meta);
    if (typeof key !== 'string' || key === '') throw channelUseErrors.wrongPresenceKey(key);
    return this.isIn ? this.keeper.track(this.socket.topic, this.socket.id, key, meta) : DONE;
  }

  /** Others see something else of it. */
  update(meta: unknown): Promise<void> {
    const known = this.keeper.find(this.socket.topic, this.socket.id);
    if (known === undefined && this.isIn) throw channelUseErrors.notTracked(this.socket.topic);
    return this.track(meta, known?.key);
  }

  /** Others see it no longer. */
  untrack(): Promise<void> {
    return this.isIn ? this.keeper.untrack(this.socket.topic, this.socket.id) : DONE;
  }
}
