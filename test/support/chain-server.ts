import { Mailbox } from '../../lib/testing/mailbox.js';

/** A frame that the client has posted. */
export interface PostedFrame {
  readonly url: URL;
  readonly joinRef: number;
  readonly ref: number;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

/** A request of the client for a stream, which the test answers. */
export class AskedStream {
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private readonly answered: (response: Response) => void;
  private readonly failed: (error: Error) => void;
  readonly answer: Promise<Response>;

  constructor(
    readonly url: URL,
    readonly signal: AbortSignal,
  ) {
    let answered!: (response: Response) => void;
    let failed!: (error: Error) => void;
    this.answer = new Promise((resolve, reject) => ([answered, failed] = [resolve, reject]));
    [this.answered, this.failed] = [answered, failed];
    signal.addEventListener('abort', () => this.fail());
  }

  get sid(): string | null {
    return this.url.searchParams.get('sid');
  }

  /**
   * Begins the stream.
   *
   * @param keepAlive - how long the server says it keeps silent, in milliseconds.
   */
  open(session?: 'resumed' | 'new', keepAlive?: number): this {
    const headers: Record<string, string> = {};
    if (session !== undefined) headers['X-Chain-Session'] = session;
    if (keepAlive !== undefined) headers['X-Chain-Keep-Alive'] = String(keepAlive);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) });
    this.answered(new Response(body, { headers }));
    return this;
  }

  refuse(status: number, text = ''): void {
    this.answered(new Response(text, { status }));
  }

  /** As the original server writes. */
  say(frame: unknown): void {
    this.write(`data: ${JSON.stringify(frame)}\n\n`);
  }

  write(text: string): void {
    this.controller?.enqueue(new TextEncoder().encode(text));
  }

  /** Ends it as a server does that goes away. */
  end(): void {
    if (!this.signal.aborted) this.controller?.close();
  }

  /** Breaks it off, or does not let it begin. */
  fail(): void {
    const error = new TypeError('network error');
    this.failed(error);
    try {
      this.controller?.error(error);
    } catch {
      // It has ended before.
    }
  }
}

/** A server that speaks chain, in the place of `fetch`: a test says what it does. */
export class ChainServer {
  /** What a POST is answered with; it may throw as `fetch` does. */
  answerPost: (frame: PostedFrame) => Response | Promise<Response> = () => new Response(null);
  /** What `fetch` was called with, but for the address. */
  readonly requests: RequestInit[] = [];
  private readonly asked = new Mailbox<AskedStream>();
  private readonly frames = new Mailbox<PostedFrame>();
  private readonly original = globalThis.fetch;

  install(): void {
    globalThis.fetch = (url, init = {}) => this.fetch(new URL(url as string, 'http://page.test'), init);
  }

  restore(): void {
    globalThis.fetch = this.original;
  }

  /** The next request for a stream. */
  stream(): Promise<AskedStream> {
    return this.asked.take(() => true);
  }

  /** The next frame that was posted, or the next with this event. */
  posted(event?: string): Promise<PostedFrame> {
    return this.frames.take((frame) => event === undefined || frame.event === event);
  }

  /** Answers the next join. */
  async join(stream: AskedStream, reply: unknown = {}): Promise<PostedFrame> {
    const frame = await this.posted('_join');
    stream.say([1, frame.joinRef, frame.ref, 0, reply]);
    return frame;
  }

  private async fetch(url: URL, init: RequestInit): Promise<Response> {
    this.requests.push(init);
    if (init.method === 'POST') return this.take(url, init.body as string);
    const stream = new AskedStream(url, init.signal as AbortSignal);
    this.asked.put(stream);
    return stream.answer;
  }

  private async take(url: URL, body: string): Promise<Response> {
    const [, joinRef, ref, topic, event, payload] = JSON.parse(body) as [0, number, number, string, string, unknown];
    const frame = { url, joinRef, ref, topic, event, payload };
    this.frames.put(frame);
    return this.answerPost(frame);
  }
}
