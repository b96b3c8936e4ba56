import type {
  AnsweredFrame,
  ChannelCodec,
  ChannelDialect,
  ChannelDocument,
  ChannelFrame,
  ChannelMessage,
  CodecTarget,
  FrameStatus,
  LeaveReason,
  MessageMeta,
  RequestRoute,
} from 'nestjs-signalr';

/** What the codec says, each as an object. */
export type Said = Record<string, unknown>;

/** Frames as they are, in JSON: a dialect that can all that a dialect may be able to. */
class PlainCodec implements ChannelCodec {
  readonly name = 'plain 1';
  readonly encoding = this;

  decode(document: Buffer): ChannelFrame[] {
    return [JSON.parse(document.toString()) as ChannelFrame].flat();
  }

  write({ topic, event, args, meta }: ChannelMessage): string {
    return JSON.stringify({ broadcast: event, topic, args, meta });
  }

  reply({ kind, topic, ref }: AnsweredFrame, status: FrameStatus, payload: unknown, meta?: MessageMeta): string {
    return JSON.stringify({ reply: ref, to: kind, topic, status, payload, meta });
  }

  push({ topic }: CodecTarget, event: string, args: readonly unknown[]): string {
    return JSON.stringify({ push: event, topic, args });
  }

  request({ topic }: CodecTarget, id: number, event: string, args: readonly unknown[]): string {
    return JSON.stringify({ request: id, event, topic, args });
  }

  cancel({ topic }: CodecTarget, id: number): string {
    return JSON.stringify({ cancel: id, topic });
  }

  close({ topic }: CodecTarget, reason: LeaveReason): ChannelDocument | undefined {
    return reason === 'leave' ? undefined : JSON.stringify({ close: reason, topic });
  }

  crash(): undefined {}
}

/** A dialect of tests: clients can answer, cancel, send several arguments, and join topics by the URL. It is served over requests as well. */
export class PlainDialect implements ChannelDialect {
  readonly name = 'plain';
  readonly canAnswer = true;
  readonly idleTimeout = 0;
  readonly codec: ChannelCodec = new PlainCodec();

  /** @param handle - what becomes of requests at `{path}/http/:name`. */
  constructor(private readonly handle: RequestRoute['handle'] = () => undefined) {}

  routes(path: string): ReturnType<ChannelDialect['routes']> {
    return [
      {
        kind: 'socket',
        path: `${path}/:topic`,
        connect: ({ parameter = '', query }) => ({
          codec: this.codec,
          params: Object.fromEntries(query),
          joins: parameter === 'websocket' ? [] : [parameter],
        }),
      },
      { kind: 'request', path: `${path}/http/:name`, handle: this.handle },
    ];
  }

  token(): undefined {}

  closeCode(): number {
    return 4_000;
  }
}
