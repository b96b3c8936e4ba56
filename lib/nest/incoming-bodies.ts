import type { Readable } from 'node:stream';
import { plain, SHUTTING_DOWN, type HttpAnswer } from './http-answer.js';

const TOO_LARGE = plain(413, 'The body is too large.');
const BROKEN = plain(400, 'The body broke off.');

/** The bodies of requests that are read as a whole. A client may send one as slowly as it likes: at the end of the application none is waited for. */
export class IncomingBodies {
  private readonly unread = new Set<() => void>();
  private isClosed = false;

  /**
   * As much of a body as may be; then nothing more of it is kept.
   *
   * @returns what to answer, where it is not all there.
   */
  read(body: Readable, maximum: number): Promise<Buffer | HttpAnswer> {
    if (this.isClosed) return Promise.resolve(SHUTTING_DOWN);
    return new Promise((resolve) => {
      const giveUp = (): void => settle(SHUTTING_DOWN);
      const settle = (read: Buffer | HttpAnswer): void => {
        this.unread.delete(giveUp);
        resolve(read);
      };
      this.unread.add(giveUp);
      collect(body, maximum, settle);
    });
  }

  /** Waits for nothing more. */
  close(): void {
    this.isClosed = true;
    for (const giveUp of this.unread) giveUp();
  }
}

/** Calls back at least once. */
function collect(body: Readable, maximum: number, settle: (read: Buffer | HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximum) chunks.push(chunk);
    else settle(TOO_LARGE);
  });
  body.once('end', () => settle(Buffer.concat(chunks)));
  body.once('close', () => settle(BROKEN));
  body.once('error', () => settle(BROKEN));
  if (body.destroyed) settle(BROKEN);
}
