import { SignalRError } from '../../common/errors.js';
import type { AnswerHeaders, Exchange } from '../../connections/exchange.js';

/** How many wait for their turn. Each holds a request of its own. */
const MOST_WAITING = 100;

/** What is said to who comes with a session that is over. */
export const GONE = 'The session is over. Open another stream.';

/** What becomes of posted frames. */
export interface PostReader {
  /** The largest body that is read, in bytes. */
  readonly maximum: number;
  /** @throws SignalRError for what is no frame. */
  readonly check: (body: Buffer) => void;
  readonly receive: (body: Buffer) => void;
}

/** The frames that a client posts, read one after the other in the order in which they came, and not at all while it is held back. */
export class ChainPosts {
  private waiting = 0;
  private turn: Promise<void> = Promise.resolve();
  private isClosed = false;
  private whenResumed: Promise<void> | undefined;
  private goOn: () => void = () => {};

  constructor(private readonly reader: PostReader) {}

  /** Reads a body when it is its turn, and answers; rejects with what reading it throws. */
  take(exchange: Exchange, headers: AnswerHeaders): Promise<void> {
    if (this.waiting >= MOST_WAITING) {
      exchange.answer(429, 'Too many messages wait already.');
      return Promise.resolve();
    }
    this.waiting++;
    const read = this.turn.then(() => this.read(exchange, headers)).finally(() => this.waiting--);
    this.turn = read.catch(() => undefined);
    return read;
  }

  pause(): void {
    this.whenResumed ??= new Promise((resolve) => (this.goOn = resolve));
  }

  resume(): void {
    this.whenResumed = undefined;
    this.goOn();
  }

  /** Reads nothing more. */
  close(): void {
    this.isClosed = true;
    this.resume();
  }

  private async read(exchange: Exchange, headers: AnswerHeaders): Promise<void> {
    await this.whenResumed;
    if (this.isClosed) return exchange.answer(410, GONE);
    const body = await exchange.body(this.reader.maximum);
    if (body === undefined) return;
    const fault = this.faultOf(body);
    if (fault !== undefined) return exchange.answer(400, fault);
    if (this.isClosed) return exchange.answer(410, GONE);
    this.reader.receive(body);
    exchange.answer(200, '', headers);
  }

  /** What is no frame is refused here: it ends no session. */
  private faultOf(body: Buffer): string | undefined {
    try {
      this.reader.check(body);
      return undefined;
    } catch (error) {
      if (error instanceof SignalRError) return error.message;
      throw error;
    }
  }
}
