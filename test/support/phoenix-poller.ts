import type { TestingModule } from '@nestjs/testing';
import type { Session } from '../../lib/channels/session.js';
import { DialectPlace } from './dialect-place.js';
import type { FakeExchange } from './fake-exchange.js';

/** What a client that polls reads. */
export interface Polled {
  readonly status: number;
  readonly token?: string | null;
  readonly messages?: readonly string[];
  readonly reason?: string;
}

/** The long polling of phoenix.js without a network. */
export class PhoenixPoller {
  private poll: FakeExchange | undefined;
  private isGone = false;

  private constructor(
    private readonly place: DialectPlace,
    private readonly url: string,
    private readonly heard: (message: string) => void,
  ) {}

  /** @param heard - gets every message, from the first on. */
  static async open(app: TestingModule, url: string, heard: (message: string) => void): Promise<PhoenixPoller> {
    const place = new DialectPlace(app, url);
    const { token } = await read(place.ask('GET', url));
    const poller = new PhoenixPoller(place, `${url}&token=${token}`, heard);
    void poller.run();
    return poller;
  }

  get session(): Session {
    return this.place.session as Session;
  }

  get served(): Promise<unknown> {
    return this.place.connection?.ended() ?? Promise.resolve();
  }

  send(document: string | Uint8Array): void {
    const body = typeof document === 'string' ? document : Buffer.from(document).toString('base64');
    this.place.ask('POST', this.url, { headers: { 'content-type': 'application/x-ndjson' }, body });
  }

  /** It is gone, and does not come back in time. */
  vanish(): void {
    this.isGone = true;
    this.poll?.abandon();
    setImmediate(() => this.place.connection?.transport.tick?.(Infinity));
  }

  private async run(): Promise<void> {
    this.poll = this.place.ask('GET', this.url);
    const { status, messages = [] } = await read(this.poll);
    for (const message of messages) this.heard(message);
    if (status !== 410 && !this.isGone) await this.run();
  }
}

/** The answer to a request, once there is one. */
export async function read(exchange: FakeExchange): Promise<Polled> {
  await exchange.answered();
  return JSON.parse(exchange.text) as Polled;
}
