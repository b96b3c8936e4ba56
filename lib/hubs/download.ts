import { isObservable, Subscription, takeWhile, type Observable } from 'rxjs';
import { callErrors } from '../common/errors.js';
import { MessageType } from '../protocol/messages.js';
import { describeStreamFailure } from './call-errors.js';
import type { HubConnection } from './hub.connection.js';
import { abandon, PacedStream, readerOf, type PullSource, type StreamReader, type StreamSource } from './streams.js';

/** What a download tells of its end. */
export interface DownloadHome {
  readonly detailedErrors: boolean;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
  /** Called once, with what it failed for. */
  ended(error: unknown): void;
}

/**
 * A stream from a hub method to its caller: its items in order, and then exactly one completion. Sources that can be asked for the next item are
 * asked when there is room for it; an Observable cannot be held back, and is ended when more than `outbox.highWaterMark` waits for a slow client.
 */
export class Download {
  private isOver = false;
  private stopSource: (() => unknown) | undefined;
  private readonly encode: (item: unknown) => string | Uint8Array;

  constructor(
    private readonly peer: HubConnection,
    private readonly invocationId: string,
    private readonly target: string,
    private readonly home: DownloadHome,
  ) {
    const { encoding } = peer;
    this.encode =
      encoding.writerOfItems?.(invocationId) ?? ((item) => encoding.write({ type: MessageType.StreamItem, invocationId, item }));
  }

  /** Begins to send, unless it was cancelled before. Never throws: what fails is told to the client. */
  start(source: StreamSource | readonly unknown[]): void {
    try {
      if (this.isOver) this.leave(source);
      else if (source instanceof PacedStream) this.listen(source.items, (item) => this.send(item));
      else if (isObservable(source)) this.listen(source, (item) => this.sendOrGiveUp(item));
      else void this.read(source);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends it without an error, as the client wants it; also when the client is gone. */
  cancel(): void {
    this.finish(undefined, undefined);
  }

  private leave(source: StreamSource | readonly unknown[]): void {
    if (Array.isArray(source)) return;
    this.stopSource = () => abandon(source as StreamSource);
    void this.letGo();
  }

  /** An Observable may emit within `subscribe`, before there is anything to unsubscribe from. */
  private listen(source: Observable<unknown>, next: (item: unknown) => void): void {
    const subscription = new Subscription();
    this.stopSource = () => subscription.unsubscribe();
    const observer = { next, error: (error: unknown) => this.fail(error), complete: () => this.cancel() };
    subscription.add(source.pipe(takeWhile(() => !this.isOver)).subscribe(observer));
  }

  private async read(source: PullSource): Promise<void> {
    try {
      const reader = readerOf(source);
      this.stopSource = () => reader.stop();
      await this.readAll(reader);
      this.cancel();
    } catch (error) {
      this.fail(error);
    }
  }

  private async readAll(reader: StreamReader): Promise<void> {
    const { connection } = this.peer;
    for (let next = await reader.next(); next.done !== true && !this.isOver; next = await reader.next()) {
      this.write(next.value);
      const room = connection.room();
      if (room !== undefined) await room;
    }
  }

  private send(item: unknown): void {
    try {
      this.write(item);
    } catch (error) {
      this.fail(error);
    }
  }

  /** What an Observable says in one go is written in pieces, or it would all have to wait for the end of the turn. */
  private sendOrGiveUp(item: unknown): void {
    const { connection } = this.peer;
    this.send(item);
    if (!connection.isCongested) return;
    connection.flush();
    if (connection.isCongested) this.fail(callErrors.readTooSlowly());
  }

  private write(item: unknown): void {
    if (!this.isOver) this.peer.connection.send(this.encode(item));
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    const { text, isExpected } = describeStreamFailure(error, this.home.detailedErrors);
    if (!isExpected) this.home.report(`streaming the result of '${this.target}'`, error);
    this.finish(text, error);
  }

  private finish(text: string | undefined, error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.peer.answer({ type: MessageType.Completion, invocationId: this.invocationId, error: text });
    void this.letGo();
    this.home.ended(error);
  }

  private async letGo(): Promise<void> {
    try {
      await this.stopSource?.();
    } catch (error) {
      this.home.report(`leaving the stream of '${this.target}'`, error);
    }
  }
}
