import type { FrameNotes } from '../common/frame-notes.js';
import type { Payload } from '../common/payload.js';
import { lengthOf } from './kept.js';
import type { Outgoing } from './outbox.js';
import { Output } from './output.js';

/** The output of a connection of which somebody wants to know what its peer is told. */
export class NotedOutput extends Output {
  private readonly notes: FrameNotes;

  constructor(notes: FrameNotes, ...given: ConstructorParameters<typeof Output>) {
    super(...given);
    this.notes = notes;
  }

  override send(item: Outgoing): void {
    this.note('message', item);
    super.send(item);
  }

  override offer(payload: Payload): void {
    this.note('broadcast', payload);
    super.offer(payload);
  }

  override sendOnce(item: Outgoing): void {
    this.note('control', item);
    super.sendOnce(item);
  }

  private note(kind: string, item: Outgoing): void {
    if (!this.hasEnded) this.notes.said(kind, lengthOf(item));
  }
}

/** @param notes - where its frames are told; undefined where nobody wants to know, and it is an output as any other. */
export function outputFor(notes: FrameNotes | undefined, ...given: ConstructorParameters<typeof Output>): Output {
  return notes === undefined ? new Output(...given) : new NotedOutput(notes, ...given);
}
