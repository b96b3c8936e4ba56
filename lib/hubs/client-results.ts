import type { Clock } from '../common/clock.js';
import { clientErrors } from '../common/errors.js';
import { limitErrors } from '../common/limit-errors.js';
import { PendingAnswers, type Patience } from '../common/pending-answers.js';
import type { CompletionMessage, InvocationMessage } from '../protocol/messages.js';

/** The ids of the server's calls begin with it: they are not to look like those of the client's. */
const PREFIX = 's';

/** The client as one sees it who waits for its answers. */
export interface Answerer {
  readonly id: string;
  readonly clock: Clock;
  /** @throws for arguments that cannot be encoded. */
  write(message: InvocationMessage): void;
}

/** The calls of one client that wait for its answer. Answers to calls that are over, or never were, are nothing. */
export class ClientResults {
  private readonly answers: PendingAnswers;

  /**
   * @param maximum - how many may wait at a time.
   * @param refused - called when one more is refused.
   */
  constructor(
    private readonly client: Answerer,
    maximum: number,
    private readonly refused: () => void,
  ) {
    this.answers = new PendingAnswers(client.clock, maximum);
  }

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.answers.isAwaited;
  }

  /** Calls the client; settles with its answer, its error, or with what kept it from answering. */
  invoke(message: InvocationMessage, patience: Patience): Promise<unknown> {
    const errors = {
      gone: () => clientErrors.disconnected(this.client.id),
      canceled: clientErrors.canceled,
      tooMany: (maximum: number) => {
        this.refused();
        return limitErrors.tooManyAsked(maximum, 'call');
      },
      timedOut: (timeout: number) => clientErrors.timedOut(message.target, timeout),
    };
    return this.answers.ask((id) => this.client.write({ ...message, invocationId: PREFIX + id }), patience, errors);
  }

  /** The client has answered. False where nobody has asked for that. */
  complete({ invocationId, error, result }: CompletionMessage): boolean {
    const id = invocationId.startsWith(PREFIX) ? Number(invocationId.slice(PREFIX.length)) : Number.NaN;
    if (!this.answers.expects(id)) return false;
    if (error) this.answers.reject(id, clientErrors.failed(error));
    else this.answers.resolve(id, result);
    return true;
  }

  /** The client is gone. */
  end(): void {
    this.answers.end(() => clientErrors.disconnected(this.client.id));
  }
}
