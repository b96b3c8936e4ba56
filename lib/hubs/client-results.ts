import type { Cancel, Clock } from '../common/clock.js';
import { clientErrors } from '../common/errors.js';
import { whenAborted } from '../common/when-aborted.js';
import type { CompletionMessage, InvocationMessage } from '../protocol/messages.js';

/** How long an answer is waited for. */
export interface Patience {
  /** Milliseconds; 0 is for ever. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/** A call that a client has not answered yet. */
interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** The client as one sees it who waits for its answers. */
export interface Answerer {
  readonly id: string;
  readonly clock: Clock;
  /** @throws for arguments that cannot be encoded. */
  write(message: InvocationMessage): void;
}

/** The calls of one client that wait for its answer. Answers to calls that are over, or never were, are nothing. */
export class ClientResults {
  private readonly pending = new Map<string, Pending>();
  private lastId = 0;
  private hasEnded = false;

  /** @param maximum - how many may wait at a time. */
  constructor(
    private readonly client: Answerer,
    private readonly maximum: number,
  ) {}

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.pending.size > 0;
  }

  /** Calls the client; settles with its answer, its error, or with what kept it from answering. */
  async invoke(message: InvocationMessage, { timeout, signal }: Patience): Promise<unknown> {
    if (this.hasEnded) throw clientErrors.disconnected(this.client.id);
    if (signal?.aborted) throw clientErrors.canceled();
    if (this.pending.size >= this.maximum) throw clientErrors.tooMany(this.maximum);
    const invocationId = `s${++this.lastId}`;
    const undo: Cancel[] = [];
    try {
      return await new Promise((resolve, reject) => {
        this.pending.set(invocationId, { resolve, reject });
        // Not before: writing may end a client that is too slow, and then nobody is to be left waiting.
        this.client.write({ ...message, invocationId });
        undo.push(...this.giveUp(message.target, { timeout, signal }, reject));
      });
    } finally {
      this.pending.delete(invocationId);
      for (const cancel of undo) cancel();
    }
  }

  /** The client has answered. */
  complete({ invocationId, error, result }: CompletionMessage): void {
    const waiting = this.pending.get(invocationId);
    if (error) waiting?.reject(clientErrors.failed(error));
    else waiting?.resolve(result);
  }

  /** The client is gone. */
  end(): void {
    this.hasEnded = true;
    for (const waiting of this.pending.values()) waiting.reject(clientErrors.disconnected(this.client.id));
  }

  private giveUp(target: string, { timeout, signal }: Patience, reject: (error: unknown) => void): Cancel[] {
    const undo: Cancel[] = [];
    if (timeout > 0) undo.push(this.client.clock.after(timeout, () => reject(clientErrors.timedOut(target, timeout))));
    if (signal !== undefined) undo.push(whenAborted(signal, () => reject(clientErrors.canceled())));
    return undo;
  }
}
