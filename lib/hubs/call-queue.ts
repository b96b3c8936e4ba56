import type { Cancel, Clock } from '../common/clock.js';
import { Lane, type Work } from '../common/lane.js';
import { PLACE } from '../common/queue.js';
import type { CallMessage } from './hub.dispatcher.js';
import { Level, type ReadBrake } from './read-brake.js';

/** What a call counts for that waits, beside its own bytes: what is made of it takes 170 to 240 bytes, whatever it is in. */
const CALL = 4 * PLACE;

/** What the calls of one connection are bound by. */
export interface CallBounds {
  /** How many may come in a second; Infinity is no bound. */
  readonly perSecond: number;
  /** How many run at a time. */
  readonly width: number;
  /** How many bytes of calls may wait for their turn before the connection is not read any more; each of them counts for {@link CALL} more. */
  readonly parked: number;
  /** How long the end of a connection waits for its calls, in milliseconds. */
  readonly patience: number;
}

/** The calls of one connection, in their order. Those that bring streams begin in their turn as well, but hold up no other. */
export class CallQueue {
  private readonly lane: Lane<CallMessage | (() => Promise<void>)>;
  private readonly level: Level;
  /** The calls with streams that run. */
  private background: Set<Promise<void>> | undefined;
  private over: Promise<void> | undefined;
  /** Set when no call begins any more. */
  isFinishing = false;

  /** @param work - carries out a call, whatever becomes of it. */
  constructor(
    private readonly bounds: CallBounds,
    private readonly clock: Clock,
    brake: ReadBrake,
    private readonly work: Work<CallMessage>,
  ) {
    this.lane = new Lane(bounds.width, (message) => this.begin(message));
    this.level = new Level(bounds.parked, brake);
  }

  /** Begins with the calls. */
  open(): void {
    this.lane.open();
  }

  /** Forgets the calls that have not begun. */
  clear(): void {
    this.lane.clear();
  }

  /** Those that run come to their end; settles with the last of them, save those that bring streams: they may go on for ever. Undefined where none runs. */
  finish(): Promise<void> | undefined {
    this.isFinishing = true;
    this.lane.clear();
    // Answers to what the server asks are still read.
    this.level.fall(0);
    return this.lane.isIdle ? undefined : this.lane.idle();
  }

  /** A client that calls faster than its calls are done is held back. */
  push(message: CallMessage, size: number): void {
    this.lane.push(message, size + CALL);
    this.level.rise(this.lane.waitingSize);
  }

  /** Adds what is no call, but wants its turn among them. */
  insert(work: () => Promise<void>): void {
    this.lane.push(work, 0);
  }

  /** Something is waited for that may stand behind other calls. */
  relieve(): void {
    this.level.relieve(this.lane.waitingSize);
  }

  /** Waits for the calls that have come, but not for ever; once, whoever asks: nothing comes after that. */
  done(): Promise<void> {
    return (this.over ??= this.waitForCalls());
  }

  private begin(message: CallMessage | (() => Promise<void>)): void | Promise<void> {
    this.level.fall(this.lane.waitingSize);
    if (typeof message === 'function') return message();
    const running = this.work(message);
    if (running === undefined || !message.streamIds?.length) return running;
    this.keepInBackground(running);
  }

  private keepInBackground(running: Promise<void>): void {
    const { background = (this.background = new Set()) } = this;
    background.add(running);
    void running.then(() => background.delete(running));
  }

  private async waitForCalls(): Promise<void> {
    if (this.lane.isIdle && !this.background?.size) return;
    let cancel: Cancel | undefined;
    const patience = new Promise<void>((resolve) => (cancel = this.clock.after(this.bounds.patience, resolve)));
    await Promise.race([this.allDone(), patience]);
    cancel?.();
    // What has not begun by now never does: its connection is about to be gone.
    this.lane.clear();
  }

  private async allDone(): Promise<void> {
    await this.lane.idle();
    if (this.background !== undefined) await Promise.all(this.background);
  }
}
