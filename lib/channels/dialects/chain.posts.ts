import { SignalRError } from '../../common/errors.js';
import type { AnswerHeaders, Exchange } from '../../connections/exchange.js';
import { PostTurns } from './post-turns.js';

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

/** The frames that a client posts, one at a time. */
export class ChainPosts {
  private readonly turns = new PostTurns();

  constructor(private readonly reader: PostReader) {}

  /** Reads a body when it is its turn, and answers; rejects with what reading it throws. */
  async take(exchange: Exchange, headers: AnswerHeaders): Promise<void> {
    const read = this.turns.take(() => this.read(exchange, headers));
    if (read === undefined) exchange.answer(429, 'Too many messages wait already.');
    await read;
  }

  pause(): void {
    this.turns.pause();
  }

  resume(): void {
    this.turns.resume();
  }

  /** Reads nothing more. */
  close(): void {
    this.turns.close();
  }

  private async read(exchange: Exchange, headers: AnswerHeaders): Promise<void> {
    if (!(await this.turns.mayRead())) return exchange.answer(410, GONE);
    const body = await exchange.body(this.reader.maximum);
    if (body === undefined) return;
    const fault = this.faultOf(body);
    if (fault !== undefined) return exchange.answer(400, fault);
    if (this.turns.isClosed) return exchange.answer(410, GONE);
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
