import { Hub, HubMethod, Signal, UploadStream } from 'nestjs-signalr';
import type { Observable } from 'rxjs';
import { Meter, type Measurement } from './meter.js';
import { Receiver, type Progress } from './receiver.js';
import { Writer } from './writer.js';

/** Streams down, up, and both at once. A HubException that is thrown on the way ends the page's stream with its sentence. */
@Hub('/streams')
export class StreamingHub {
  constructor(
    private readonly meter: Meter,
    private readonly receiver: Receiver,
    private readonly writer: Writer,
  ) {}

  /**
   * Measures this server until it is cancelled: an Observable, which is unsubscribed then.
   *
   * @param every - milliseconds from one measurement to the next.
   */
  @HubMethod()
  measure(every: number): Observable<Measurement> {
    return this.meter.measure(every);
  }

  /**
   * Takes a file, and answers with how much of it is here: a stream up and a stream down in one call.
   *
   * @param size - how many bytes are going to come.
   */
  @HubMethod()
  upload(size: number, @UploadStream() pieces: AsyncIterable<unknown>): AsyncIterable<Progress> {
    return this.receiver.receive(size, pieces);
  }

  /** Answers word by word: an async generator, which the signal wakes up when the page has read enough. */
  @HubMethod()
  answer(question: string, @Signal() signal: AbortSignal): AsyncIterable<string> {
    return this.writer.answer(question, signal);
  }
}
