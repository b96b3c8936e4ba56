import type { Exchange } from '../../connections/exchange.js';
import { answerPoll, GONE } from './phoenix.poll-answer.js';
import { PostTurns } from './post-turns.js';

/** How many messages a body may hold. phoenix.js sends no more at a time. */
const MOST_MESSAGES = 100;

const TOO_MANY_MESSAGES = `A body holds at most ${MOST_MESSAGES} messages. Send the others in the next one.`;
const TOO_MANY_POSTS = 'Too many posts wait already. Wait for their answers.';

const NEW_LINE = 10;
const LINES = /^application\/x-ndjson\b/i;
const BASE64 = /^[A-Za-z\d+/]+={0,2}$/;

/** What becomes of posted messages. */
export interface PostReader {
  /** The largest message, in bytes; 0 is any. */
  readonly maximum: number;
  readonly receive: (message: Buffer, isBinary: boolean) => void;
}

/** The messages that a client posts, several at a time. */
export class PhoenixPosts {
  private readonly turns = new PostTurns();

  constructor(private readonly reader: PostReader) {}

  /** Reads a body when it is its turn, and answers; rejects with what reading it throws. */
  async take(exchange: Exchange): Promise<void> {
    const read = this.turns.take(() => this.read(exchange));
    if (read === undefined) answerPoll(exchange, { status: 429, reason: TOO_MANY_POSTS }, 429);
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

  private async read(exchange: Exchange): Promise<void> {
    if (!(await this.turns.mayRead())) return answerPoll(exchange, GONE);
    const body = await exchange.body(this.reader.maximum * MOST_MESSAGES || Infinity);
    if (body === undefined) return;
    const messages = LINES.test(exchange.headers['content-type'] ?? '') ? linesOf(body) : [body];
    if (messages.length > MOST_MESSAGES) return answerPoll(exchange, { status: 400, reason: TOO_MANY_MESSAGES }, 400);
    for (const message of messages) if (await this.turns.mayRead()) this.hand(message);
    answerPoll(exchange, this.turns.isClosed ? GONE : { status: 200 });
  }

  /** phoenix.js sends bytes as base64; no message that is text looks like that. */
  private hand(message: Buffer): void {
    const text = message.toString('latin1').trimEnd();
    if (text === '') return;
    if (text.length % 4 === 0 && BASE64.test(text)) this.reader.receive(Buffer.from(text, 'base64'), true);
    else this.reader.receive(message, false);
  }
}

/** The lines that are not empty, up to one more than there may be. */
function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < body.length && lines.length <= MOST_MESSAGES;) {
    const found = body.indexOf(NEW_LINE, start);
    const end = found < 0 ? body.length : found;
    if (end > start) lines.push(body.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
