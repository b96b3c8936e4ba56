import type { RequestRoute } from '../channels/dialect.js';
import type { ChannelRegistry, FoundRoute } from './channel.registry.js';
import type { Doorman } from './connect-gate.js';
import { plain } from './http-answer.js';
import { HttpExchange } from './http-exchange.js';
import type { WishFinder } from './http-entrance.js';
import type { IncomingBodies } from './incoming-bodies.js';
import { TimedEntry } from './timed-entry.js';

/** The paths of all endpoints of channels at which requests are answered. */
export class ChannelRequests {
  constructor(
    private readonly channels: ChannelRegistry,
    private readonly doorman: Doorman,
    private readonly bodies: IncomingBodies,
  ) {}

  /** Guards are asked when the dialect wants to know: not every request of a session is one that opens it. */
  readonly find: WishFinder = (url) => {
    const found = this.channels.find(url);
    if (found?.route.kind !== 'request') return undefined;
    const { served, route } = found as FoundRoute<RequestRoute>;
    return {
      served,
      preflight: route.preflight,
      answer: async (knock) => {
        try {
          await route.handle(new HttpExchange(knock, found, this.doorman, this.bodies), new TimedEntry(served, this.doorman));
          return undefined;
        } catch (error) {
          if (knock.response.headersSent) throw error;
          served.endpoint.report('answering a request', error);
          return plain(500);
        }
      },
    };
  };
}
