import { phoenix } from '../../lib/channels/dialects/phoenix.js';
import type { ConnectionOptions } from '../../lib/connections/connection.options.js';
import { DialectHost } from './dialect-host.js';
import type { Asked, FakeExchange } from './fake-exchange.js';
import { read } from './phoenix-poller.js';
import type { RecordingHandler } from './recording-endpoint.js';
import { nextTurn } from './changes.js';

const URL = '/socket/longpoll?vsn=2.0.0';

/** A session in memory: the test is its client. */
export interface PollSession {
  readonly token: string;
  /** The server's side. */
  readonly handler: RecordingHandler;
  poll(asked?: Asked): FakeExchange;
  /** A poll that waits by now, if it has to. */
  wait(): Promise<FakeExchange>;
  /** Posts lines. */
  post(body: Asked['body'], asked?: Asked): FakeExchange;
  /** Says something to the client, and lets it go out. */
  say(...texts: string[]): Promise<void>;
}

/** The long polling of Phoenix before an endpoint that notes everything, in memory. */
export class PhoenixPollHost extends DialectHost {
  constructor(connection?: ConnectionOptions) {
    super(phoenix().routes('/socket'), connection);
  }

  /** Asks with a query of its own. */
  get(query = 'vsn=2.0.0', asked?: Asked): FakeExchange {
    return this.ask('GET', `/socket/longpoll?${query}`, asked);
  }

  /** Begins a session. */
  async open(asked?: Asked): Promise<PollSession> {
    const { token = '' } = await read(this.ask('GET', URL, asked));
    const handler = await this.endpoint.next();
    const url = `${URL}&token=${token}`;
    const poll = (own?: Asked): FakeExchange => this.ask('GET', url, { ...asked, ...own });
    return {
      poll,
      wait: async () => {
        const waiting = poll();
        await nextTurn();
        return waiting;
      },
      token: String(token),
      handler,
      post: (body, own) => this.ask('POST', url, { ...asked, body, ...own, headers: { ...lines, ...own?.headers } }),
      say: async (...texts) => {
        for (const text of texts) handler.connection.send(text);
        await nextTurn();
      },
    };
  }
}

const lines = { 'content-type': 'application/x-ndjson' };
