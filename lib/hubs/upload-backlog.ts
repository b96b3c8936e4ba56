import type { Clock } from '../common/clock.js';
import { Level, type ReadBrake } from './read-brake.js';
import type { Backlog } from './upload.js';

/** A client as its uploads see it. */
interface Uploader {
  readonly clock: Clock;
}

/** What waits of all uploads of one connection beyond the capacity of their readers. When it is full the client is held back. */
export class UploadBacklog implements Backlog {
  private bytes = 0;
  private readonly level: Level;

  /**
   * @param capacity - how many items each upload keeps for its reader before they count here.
   * @param most - how many bytes may wait here.
   * @param caught - takes what the subscribers of uploads do not.
   */
  constructor(
    private readonly client: Uploader,
    readonly capacity: number,
    most: number,
    brake: ReadBrake,
    readonly caught: (error: unknown) => void,
  ) {
    this.level = new Level(most, brake);
  }

  now(): number {
    return this.client.clock.now();
  }

  count(bytes: number): void {
    this.bytes += bytes;
    if (bytes > 0) this.level.rise(this.bytes);
    else this.level.fall(this.bytes);
  }

  /** Something is waited for that may stand behind items. */
  relieve(): void {
    this.level.relieve(this.bytes);
  }
}
