import type { FrameNotes } from '../common/frame-notes.js';
import type { ServedPattern } from './channel.descriptor.js';
import type { ChannelFrame } from './frames.js';

/** What is told of the frames of one client: no payload, no topic, and no event but by the pattern that the application has for it. */
export class ChannelFrames {
  /** @param channels - knows which channel a topic has. */
  constructor(
    private readonly notes: FrameNotes,
    private readonly channels: { find(topic: string): ServedPattern | undefined },
  ) {}

  heard(frame: ChannelFrame, size: number): void {
    this.notes.heard(frame.kind, size, frame.kind === 'event' ? this.patternOf(frame.topic, frame.event) : undefined);
  }

  private patternOf(topic: string, event: string): string | undefined {
    return this.channels.find(topic)?.channel.incoming.find(event)?.name;
  }
}
