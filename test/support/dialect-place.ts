import type { TestingModule } from '@nestjs/testing';
import type { ChannelEntry, RequestRoute } from '../../lib/channels/dialect.js';
import type { Session } from '../../lib/channels/session.js';
import type { Connection } from '../../lib/connections/connection.js';
import { ChannelRegistry } from '../../lib/nest/channel.registry.js';
import { FakeExchange, type Asked } from './fake-exchange.js';

/** A path of an application at which requests are answered, without guards and without a network, and who was let in there last. */
export class DialectPlace {
  session: Session | undefined;
  connection: Connection | undefined;
  private readonly route: RequestRoute;
  private readonly entry: ChannelEntry;

  constructor(app: TestingModule, url: string) {
    const found = app.get(ChannelRegistry, { strict: false }).find(url);
    if (found === undefined) throw new Error(`There is no endpoint at ${url}.`);
    const { entry } = found.served;
    this.route = found.route as RequestRoute;
    this.entry = {
      clock: entry.clock,
      options: entry.options,
      disconnectTimeout: entry.disconnectTimeout,
      prepare: async (...visit) => (this.session = (await entry.prepare(...visit)) as Session),
      begin: (session, transport) => (this.connection = entry.begin(session as Session, transport)),
      abandon: (session) => entry.abandon(session as Session),
      find: (token) => entry.find(token),
      visitor: (...visit) => entry.visitor(...visit),
    };
  }

  ask(method: string, url: string, asked?: Asked): FakeExchange {
    const exchange = new FakeExchange(method, url, asked);
    void this.route.handle(exchange, this.entry);
    return exchange;
  }
}
