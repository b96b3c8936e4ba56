import { callErrors, clientErrors, connectionErrors } from '../common/errors.js';
import type { CompletionMessage, StreamItemMessage } from '../protocol/messages.js';
import { Upload, type Backlog } from './upload.js';

/** A call that brings streams with it. */
export interface UploadingCall {
  readonly streamIds?: readonly string[];
}

const NONE: readonly Upload[] = [];

/** The streams that one client sends, by their ids. */
export class Uploads {
  /** How many there are: each until its call is over. */
  size = 0;
  private readonly open = new Map<string, Upload>();
  private readonly ofCalls = new Map<UploadingCall, readonly Upload[]>();

  /** @param timeout - how long one may wait for its reader while there is no room for it, in milliseconds. */
  constructor(
    private readonly backlog: Backlog,
    private readonly timeout: number,
  ) {}

  /**
   * Begins the streams of a call; from now on their items are kept.
   *
   * @throws SignalRError where a stream of that id is there already, or none of its items could name it.
   */
  begin(call: UploadingCall, ids: readonly string[]): void {
    if (ids.includes('')) throw callErrors.emptyStreamId();
    const isTwice = new Set(ids).size < ids.length;
    const taken = ids.find((id, index) => this.open.has(id) || (isTwice && ids.indexOf(id) < index));
    if (taken !== undefined) throw callErrors.streamIdInUse(taken);
    const uploads = ids.map(() => new Upload(this.backlog));
    ids.forEach((id, index) => this.open.set(id, uploads[index]));
    this.ofCalls.set(call, uploads);
    this.size += ids.length;
  }

  /** Those of a call, which begins to read them. */
  of(call: UploadingCall): readonly Upload[] {
    const uploads = this.ofCalls.get(call) ?? NONE;
    for (const upload of uploads) upload.begin();
    return uploads;
  }

  /** An item of a stream that is over, or never was, is nothing. */
  receive({ invocationId, item }: StreamItemMessage, size: number): void {
    this.open.get(invocationId)?.receive(item, size);
  }

  /** The client has sent all of a stream, or says why it cannot. False where there is no such stream. */
  complete({ invocationId, error }: CompletionMessage): boolean {
    this.open.get(invocationId)?.end(error ? clientErrors.failed(error) : undefined);
    return this.open.delete(invocationId);
  }

  /** The client no longer wants a call. */
  cancel(call: UploadingCall, reason: Error): void {
    for (const upload of this.ofCalls.get(call) ?? NONE) upload.end(reason);
  }

  /** A call is over: nobody is expected to read its streams any more. */
  finish(call: UploadingCall): void {
    const uploads = this.ofCalls.get(call);
    if (uploads === undefined) return;
    this.ofCalls.delete(call);
    this.size -= uploads.length;
    uploads.forEach((upload, index) => this.close(upload, call.streamIds?.[index] as string));
  }

  /** Nothing more can come: the client is leaving, or gone. */
  end(): void {
    for (const upload of this.open.values()) upload.end(connectionErrors.underlyingClosed());
    this.open.clear();
  }

  /** Gives up what is not read in time. */
  tick(now: number): void {
    for (const uploads of this.ofCalls.values())
      for (const upload of uploads) if (upload.isOverdue(now, this.timeout)) upload.cut(callErrors.uploadNotRead());
  }

  /** Its id may be that of another one by now. */
  private close(upload: Upload, id: string): void {
    upload.cut();
    if (this.open.get(id) === upload) this.open.delete(id);
  }
}
