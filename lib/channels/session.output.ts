import type { Payload } from '../common/payload.js';
import type { Connection } from '../connections/connection.js';
import type { ChannelCodec, ChannelDocument } from './dialect.js';
import type { AnsweredFrame, FrameStatus } from './frames.js';
import { ChannelReply } from './message-meta.js';

/** The session that speaks. */
export interface OutputHome {
  readonly codec: ChannelCodec;
  /** How many bytes may wait before there is a connection. */
  readonly maximumWaiting: number;
  /** Ends the session: more waits for it than may. */
  overflow(): void;
  report(doing: string, error: unknown): void;
}

/** What is said to one client. Until there is a connection it waits. */
export class SessionOutput {
  private connection: Connection | undefined;
  private early: (ChannelDocument | Payload)[] = [];
  private earlySize = 0;

  constructor(private readonly home: OutputHome) {}

  /** From now on there is a connection. */
  attach(connection: Connection): void {
    this.connection = connection;
    for (const document of this.early.splice(0)) connection.send(document);
  }

  /** Bytes that wait, of text characters. */
  get backlog(): number {
    return this.connection?.output.backlog ?? this.earlySize;
  }

  send(document: ChannelDocument | Payload): void {
    if (this.connection !== undefined) this.connection.send(document);
    else this.keep(document);
  }

  /** The same for what may be dropped, where the client is too slow. */
  offer(payload: Payload): void {
    if (this.connection !== undefined) this.connection.output.offer(payload);
    else this.keep(payload);
  }

  /**
   * The answer to a frame, where it has one.
   *
   * @throws what cannot be written for.
   */
  write(frame: AnsweredFrame, status: FrameStatus, answer: unknown): ChannelDocument | undefined {
    if (frame.ref === undefined) return undefined;
    const { codec } = this.home;
    return answer instanceof ChannelReply ? codec.reply(frame, status, answer.payload, answer.meta) : codec.reply(frame, status, answer);
  }

  /** Answers a frame, and with an error where the answer cannot be written. */
  reply(frame: AnsweredFrame, status: FrameStatus, answer: unknown): void {
    if (this.answer(frame, status, answer)) return;
    // Whatever it was that could not be written: the client waits.
    this.answer(frame, 'error', { reason: frame.kind === 'join' ? 'join crashed' : 'internal error' });
  }

  /** Answers a frame; what cannot be written is reported, and the answer is false. */
  private answer(frame: AnsweredFrame, status: FrameStatus, answer: unknown): boolean {
    try {
      const document = this.write(frame, status, answer);
      if (document !== undefined) this.send(document);
      return true;
    } catch (error) {
      this.home.report(`writing the answer to a frame of '${frame.topic}'`, error);
      return false;
    }
  }

  private keep(document: ChannelDocument | Payload): void {
    this.early.push(document);
    this.earlySize += typeof document === 'object' && 'data' in document ? document.data.length : document.length;
    if (this.earlySize > this.home.maximumWaiting) this.home.overflow();
  }
}
