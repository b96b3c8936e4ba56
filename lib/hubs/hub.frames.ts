import type { FrameNotes } from '../common/frame-notes.js';
import { MessageType, type HubMessage } from '../protocol/messages.js';

const kinds: Record<HubMessage['type'], string> = {
  [MessageType.Invocation]: 'invocation',
  [MessageType.StreamItem]: 'stream item',
  [MessageType.Completion]: 'completion',
  [MessageType.StreamInvocation]: 'stream invocation',
  [MessageType.CancelInvocation]: 'cancel',
  [MessageType.Ping]: 'ping',
  [MessageType.Close]: 'close',
  [MessageType.Ack]: 'ack',
  [MessageType.Sequence]: 'sequence',
};

/** What is told of the messages of one client: no argument, and no name but the application's own. */
export class HubFrames {
  /** @param methods - knows which methods there are. */
  constructor(
    private readonly notes: FrameNotes,
    private readonly methods: { nameOf(target: string): string | undefined },
  ) {}

  heard(message: HubMessage, size: number): void {
    this.notes.heard(kinds[message.type], size, 'target' in message ? this.methods.nameOf(message.target) : undefined);
  }
}
