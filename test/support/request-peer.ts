import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Changes } from './changes.js';
import type { TransportPeer } from './transport.contract.js';

/** The way up of a client over HTTP, and what has come down; how it comes down is its heirs' affair. */
abstract class RequestPeer implements TransportPeer {
  readonly ended: Promise<'goodbye' | 'cut'>;
  protected readonly agent = new Agent({ keepAlive: true });
  protected readonly changes = new Changes();
  protected isPaused = false;
  protected down: IncomingMessage | undefined;
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private sending: Promise<void> = Promise.resolve();
  private pending = 0;
  private settle!: (how: 'goodbye' | 'cut') => void;

  constructor(protected readonly url: string) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  get backlog(): number {
    return this.pending;
  }

  /** As official clients do: one POST at a time, with all that has come together meanwhile; here with what is given at a time. */
  send(...pieces: Uint8Array[]): void {
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    this.pending += size;
    this.sending = this.sending.then(() => this.post(pieces)).then(() => void (this.pending -= size));
  }

  async received(length: number): Promise<Buffer> {
    await this.changes.until(() => this.length >= length);
    return Buffer.concat(this.chunks);
  }

  pause(): void {
    this.isPaused = true;
    this.down?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.down?.resume();
    this.changes.announce();
  }

  leave(): void {
    void this.sending.then(() => this.go());
  }

  abstract vanish(): void;

  protected abstract go(): void;

  protected over(how: 'goodbye' | 'cut'): void {
    this.settle(how);
    this.agent.destroy();
  }

  protected take(data: Buffer): void {
    this.chunks.push(data);
    this.length += data.length;
    this.changes.announce();
  }

  protected ask(method: string): ClientRequest {
    const asked = request(this.url, { method, agent: this.agent, headers: this.headers });
    asked.on('error', () => undefined);
    return asked;
  }

  protected readonly headers: Record<string, string> = {};

  private async post(pieces: Uint8Array[]): Promise<void> {
    const asked = this.ask('POST');
    const answered = once(asked, 'response').catch(() => undefined);
    for (const piece of pieces) asked.write(piece);
    asked.end();
    const [response] = (await answered) ?? [];
    (response as IncomingMessage | undefined)?.resume();
  }
}

/** An event stream, read as browsers read it. */
export class EventPeer extends RequestPeer {
  private unread = '';
  private isWhole = false;

  async open(): Promise<this> {
    const asked = this.ask('GET').end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    this.down = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.read(text));
    response.on('error', () => undefined);
    response.once('end', () => (this.isWhole = response.complete));
    response.once('close', () => this.over(this.isWhole ? 'goodbye' : 'cut'));
    return this;
  }

  vanish(): void {
    this.down?.destroy();
  }

  protected go(): void {
    this.down?.destroy();
  }

  private read(text: string): void {
    const events = (this.unread + text).split('\r\n\r\n');
    this.unread = events.pop() as string;
    for (const event of events) {
      const lines = event.split('\r\n').filter((line) => line.startsWith('data: '));
      if (lines.length > 0) this.take(Buffer.from(lines.map((line) => line.slice(6)).join('\n')));
    }
  }
}

/** Polls until there is nothing more to poll for. */
export class PollingPeer extends RequestPeer {
  private isGone = false;

  /** @param forgotten - lets the time pass after which a client that has vanished is given up. */
  constructor(
    url: string,
    private readonly forgotten: () => void,
  ) {
    super(url);
  }

  async open(): Promise<this> {
    await this.poll();
    void this.run().catch(() => this.over('cut'));
    return this;
  }

  vanish(): void {
    this.isGone = true;
    this.agent.destroy();
    // The server sees its sockets close, and then that nobody comes.
    setImmediate(() => setImmediate(this.forgotten));
  }

  protected go(): void {
    this.isGone = true;
    const asked = this.ask('DELETE').end();
    asked.once('response', (response) => response.resume());
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.changes.until(() => !this.isPaused);
      const status = await this.poll();
      if (status !== 200) return this.over(status === 204 ? 'goodbye' : 'cut');
      if (this.isGone) return this.over('cut');
    }
  }

  private async poll(): Promise<number | undefined> {
    const asked = this.ask('GET').end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    this.down = response;
    response.on('data', (data: Buffer) => this.take(data));
    if (this.isPaused) response.pause();
    await once(response, 'end');
    return response.statusCode;
  }
}
