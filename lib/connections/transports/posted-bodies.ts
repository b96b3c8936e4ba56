import type { Readable } from 'node:stream';

/** What became of a body: all of it was read; it broke off; the connection had ended; or too many wait already. */
export type PostOutcome = 'read' | 'broken' | 'ended' | 'refused';

interface Post {
  readonly body: Readable;
  readonly settle: (outcome: PostOutcome) => void;
}

/** How many bodies wait for their turn. Official clients send one at a time; each that waits holds a socket of its own. */
const MOST_WAITING = 1_000;

/**
 * The way up of transports that only lead down: bodies of requests, read one after the other and never kept. While it is paused they are not
 * read, so that whoever sends them is held back by its own network.
 */
export class PostedBodies {
  private readonly waiting: Post[] = [];
  private current: Post | undefined;
  private isPaused = false;
  private isClosed = false;

  /** @param receive - gets the bytes, in the order in which the bodies came. */
  constructor(private readonly receive: (bytes: Buffer) => void) {}

  /** Reads a body when it is its turn; settles when that is done. */
  take(body: Readable): Promise<PostOutcome> {
    body.on('error', nothing);
    if (this.isClosed) return Promise.resolve('ended');
    if (this.waiting.length >= MOST_WAITING) return Promise.resolve('refused');
    return new Promise((resolve) => {
      this.waiting.push({ body, settle: resolve });
      this.advance();
    });
  }

  pause(): void {
    this.isPaused = true;
    this.current?.body.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.current?.body.resume();
    this.advance();
  }

  /** Reads nothing more; what is still being sent is let go. */
  close(): void {
    this.isClosed = true;
    const { current } = this;
    if (current !== undefined) this.letGo(current);
    for (const { settle } of this.waiting.splice(0)) settle('ended');
  }

  /** What ended the connection may have been the last words of this very body: then all of it was read, as one sees at the end of the turn. */
  private letGo(post: Post): void {
    if (this.isPaused) return this.settle(post, 'ended');
    post.body.off('data', this.read).resume();
    setImmediate(() => this.settle(post, 'ended'));
  }

  private advance(): void {
    if (this.current !== undefined || this.isPaused || this.isClosed) return;
    const next = this.waiting.shift();
    if (next !== undefined) this.begin(next);
  }

  private begin(post: Post): void {
    this.current = post;
    const { body } = post;
    body.on('data', this.read);
    body.once('end', () => this.settle(post, 'read'));
    body.once('close', () => this.settle(post, 'broken'));
    if (body.destroyed) this.settle(post, 'broken');
    else body.resume();
  }

  private settle(post: Post, outcome: PostOutcome): void {
    if (this.current !== post) return;
    this.current = undefined;
    // Flows on to nowhere: a body that nobody reads would hold its socket.
    post.body.off('data', this.read).resume();
    post.settle(outcome);
    this.advance();
  }

  private readonly read = (chunk: Buffer | string): void => {
    this.receive(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  };
}

function nothing(): void {}
