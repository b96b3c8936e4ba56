import type {
  AnsweredFrame,
  ChannelCodec,
  ChannelDialect,
  ChannelDocument,
  ChannelFrame,
  ChannelMessage,
  FrameStatus,
} from 'nestjs-signalr';

/** The one topic, and the one event in it. */
export const ECHO = { topic: 'echo', event: 'say' } as const;

/** Each document is an event that waits for its answer, and is answered by a document of its own kind. */
class EchoCodec implements ChannelCodec {
  readonly name = 'echo 1';
  readonly encoding = this;

  decode(document: Buffer, isBinary: boolean): ChannelFrame[] {
    const said = isBinary ? Buffer.from(document) : document.toString();
    return [{ kind: 'event', ...ECHO, ref: 1, joinRef: undefined, isRequest: true, args: [said] }];
  }

  reply({ kind }: AnsweredFrame, _: FrameStatus, payload: unknown): ChannelDocument | undefined {
    return kind === 'event' ? (payload as ChannelDocument) : undefined;
  }

  write({ event }: ChannelMessage): string {
    return event;
  }

  push(_: unknown, event: string): string {
    return event;
  }

  close(): undefined {}

  crash(): undefined {}
}

/** A dialect in which every WebSocket message is a document, whatever stands in it: for what the layers beneath make of messages. */
export class EchoDialect implements ChannelDialect {
  readonly name = 'echo';
  readonly canAnswer = false;
  readonly idleTimeout = 0;

  routes(path: string): ReturnType<ChannelDialect['routes']> {
    return [{ kind: 'socket', path, connect: () => ({ codec: new EchoCodec(), params: {}, joins: [ECHO.topic] }) }];
  }

  token(): undefined {}

  closeCode({ codeForPeer }: { codeForPeer?: number }): number {
    return codeForPeer ?? 1000;
  }
}
