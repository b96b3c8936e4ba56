import type { Cancel, Clock } from './clock.js';
import { whenAborted } from './when-aborted.js';

/** How long an answer is waited for. */
export interface Patience {
  /** Milliseconds; 0 is for ever. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** What keeps somebody from getting an answer, in the words of whoever asks. */
export interface AnswerErrors {
  gone(): Error;
  /** @param reason - of the signal that was aborted. */
  canceled(reason: unknown): Error;
  tooMany(maximum: number): Error;
  timedOut(timeout: number): Error;
}

/** A question that was not answered yet. */
interface Pending {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** The questions to one peer that wait for its answer. Answers to questions that are over, or never were, are nothing. */
export class PendingAnswers {
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** How many were given up: their answers may still come. */
  private givenUp = 0;
  private hasEnded = false;

  /** @param maximum - how many may wait at a time. */
  constructor(
    private readonly clock: Clock,
    private readonly maximum: number,
  ) {}

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.pending.size > 0;
  }

  /**
   * Asks, and settles with the answer, its error, or with what kept the peer from answering.
   *
   * @param send - is given the id of the question; throws what cannot be sent for.
   */
  async ask(send: (id: number) => void, { timeout, signal }: Patience, errors: AnswerErrors): Promise<unknown> {
    if (this.hasEnded) throw errors.gone();
    if (signal?.aborted) throw errors.canceled(signal.reason);
    if (this.pending.size >= this.maximum) throw errors.tooMany(this.maximum);
    const id = ++this.lastId;
    const undo: Cancel[] = [];
    try {
      return await new Promise((resolve, reject) => {
        this.pending.set(id, { resolve, reject });
        // Not before: to send may end a peer that is too slow, and then nobody is to be left waiting.
        send(id);
        undo.push(...this.giveUp({ timeout, signal }, errors, reject));
      });
    } finally {
      this.pending.delete(id);
      for (const cancel of undo) cancel();
    }
  }

  /** Takes note of an answer; whether there was such a question. To one that was given up the answer may come late, and once. */
  expects(id: number): boolean {
    if (this.pending.has(id)) return true;
    if (!(id <= this.lastId) || this.givenUp === 0) return false;
    this.givenUp--;
    return true;
  }

  /** The peer has answered. */
  resolve(id: number, answer: unknown): void {
    this.pending.get(id)?.resolve(answer);
  }

  /** The peer has answered with an error. */
  reject(id: number, error: unknown): void {
    this.pending.get(id)?.reject(error);
  }

  /** Nobody will answer any more. */
  end(error: () => Error): void {
    this.hasEnded = true;
    for (const waiting of this.pending.values()) waiting.reject(error());
  }

  private giveUp({ timeout, signal }: Patience, errors: AnswerErrors, reject: (error: unknown) => void): Cancel[] {
    const undo: Cancel[] = [];
    const giveUp = (error: Error): void => {
      this.givenUp++;
      reject(error);
    };
    if (timeout > 0) undo.push(this.clock.after(timeout, () => giveUp(errors.timedOut(timeout))));
    if (signal !== undefined) undo.push(whenAborted(signal, () => giveUp(errors.canceled(signal.reason))));
    return undo;
  }
}
