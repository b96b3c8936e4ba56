import type { ConnectionOptions } from '../../lib/connections/connection.options.js';
import { chain } from '../../lib/channels/dialects/chain.js';
import type { ChainOptions } from '../../lib/channels/dialects/chain.options.js';
import { DialectHost } from './dialect-host.js';
import type { Asked, FakeExchange, FakeExchangeStream } from './fake-exchange.js';

/** The requests of chain before an endpoint that notes everything, in memory. */
export class ChainHost extends DialectHost {
  constructor(options: ChainOptions = {}, connection: ConnectionOptions = {}) {
    super(chain({ cookie: { secrets: ['a secret'], ...options.cookie }, ...options }).routes('/chain'), connection);
  }

  /** Asks for a stream. */
  get(url: string, asked?: Asked): FakeExchange {
    return this.ask('GET', url, asked);
  }

  post(url: string, body: Asked['body'], headers: Asked['headers']): FakeExchange {
    return this.ask('POST', url, { body, headers });
  }

  /** A stream that is open, and the cookie that came with it. */
  async open(
    url = '/chain/sse?sid=tab',
    asked?: Asked,
  ): Promise<{ stream: FakeExchangeStream; exchange: FakeExchange; headers: { cookie: string } }> {
    const exchange = this.get(url, asked);
    const stream = await exchange.opened();
    return { stream, exchange, headers: { cookie: cookieOf(exchange) } };
  }
}

/** What a browser sends back of the cookie that an answer sets. */
export function cookieOf(exchange: FakeExchange): string {
  return String(exchange.answerHeaders['Set-Cookie'] ?? '').split(';')[0];
}
