import { isObservable, Subscription, takeWhile, type Observable } from 'rxjs';
import { callErrors } from '../common/errors.js';
import { MessageType } from '../protocol/messages.js';
import { describeStreamFailure } from './call-errors.js';
import type { HubConnection } from './hub.connection.js';
import { StreamShare } from './stream-share.js';
import { abandon, HeldStream, letGo, readerOf, type Listed, type PullSource, type StreamReader, type StreamSource } from './streams.js';

/** What a download tells of its end. */
export interface DownloadHome {
  readonly detailedErrors: boolean;
  /** Takes note of what failed and is no client's fault. */
  report(doing: string, error: unknown): void;
  /** Called once, with what it failed for. */
  ended(error: unknown): void;
  /** Called once, when its source has been let go of. */
  left(): void;
}

/**
 * A stream from a hub method to its caller: its items in order, and then exactly one completion. Sources that can be asked for the next item are
 * asked when there is room for it; an Observable cannot be held back, and is ended when more than
 * `outbox.highWaterMark` of it waits for a slow client.
 */
export class Download {
  private hasBegun = false;
  private isOver = false;
  private stopSource: (() => unknown) | undefined;
  private readonly share = new StreamShare();
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
  start(source: StreamSource | Listed): void {
    this.hasBegun = true;
    try {
      if (this.isOver) this.leave(source);
      else if (source instanceof HeldStream) this.listen(source.items, source.isPaced, source.leave);
      else if (isObservable(source)) this.listen(source, false);
      else void this.read(source);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends it without an error, as the client wants it; also when the client is gone. */
  cancel(): void {
    this.finish(undefined, undefined);
  }

  private leave(source: StreamSource | Listed): void {
    this.stopSource = () => abandon(source);
    this.letGo();
  }

  /** An Observable may emit within `subscribe`, before there is anything to unsubscribe from. */
  private listen(source: Observable<unknown>, isPaced: boolean, leave?: () => unknown): void {
    const subscription = new Subscription();
    this.stopSource = () => {
      subscription.unsubscribe();
      return leave?.();
    };
    const next = isPaced ? (item: unknown) => this.send(item) : (item: unknown) => this.sendOrGiveUp(item);
    const observer = { next, error: (error: unknown) => this.fail(error), complete: () => this.cancel() };
    subscription.add(source.pipe(takeWhile(() => !this.isOver)).subscribe(observer));
  }

  private async read(source: PullSource): Promise<void> {
    try {
      const reader = readerOf(source);
      this.stopSource = () => reader.stop();
      await this.readAll(reader);
      this.stopSource = undefined;
      this.cancel();
    } catch (error) {
      this.stopSource = undefined;
      this.fail(error);
    }
  }

  /** Ends as its source does, which then needs not be told to, or when nothing more is wanted of that. */
  private async readAll(reader: StreamReader): Promise<void> {
    const { connection } = this.peer;
    while (!this.isOver) {
      const next = await reader.next();
      if (next.done === true) return;
      this.send(next.value);
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
    const { said } = connection;
    this.send(item);
    this.share.add(connection.said - said, connection.said);
    if (!this.isTooMuch) return;
    connection.flush();
    if (this.isTooMuch) this.fail(callErrors.readTooSlowly());
  }

  /** Others may fill the outbox with as much again: those that can be held back always do. */
  private get isTooMuch(): boolean {
    const { taken, options } = this.peer.connection;
    return this.share.waiting(taken) > options.outbox.highWaterMark;
  }

  private write(item: unknown): void {
    if (!this.isOver) this.peer.connection.send(this.encode(item));
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    // It may fail for nothing but that: a stream that is made of an upload does.
    if (this.peer.isCancelled(this.invocationId)) return this.cancel();
    const { text, isExpected } = describeStreamFailure(error, this.home.detailedErrors);
    if (!isExpected) this.home.report(`streaming the result of '${this.target}'`, error);
    this.finish(text, error);
  }

  private finish(text: string | undefined, error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.peer.answer({ type: MessageType.Completion, invocationId: this.invocationId, error: text });
    if (this.hasBegun) this.letGo();
    this.home.ended(error);
  }

  private letGo(): void {
    const report = (error: unknown): void => this.home.report(`leaving the stream of '${this.target}'`, error);
    const leaving = letGo(() => this.stopSource?.(), report);
    if (leaving === undefined) this.home.left();
    else void leaving.then(() => this.home.left());
  }
}
