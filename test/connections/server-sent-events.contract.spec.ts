import { RequestHost, TIMES } from '../support/request-host.js';
import { EventPeer } from '../support/request-peer.js';
import { describeTransport } from '../support/transport.contract.js';

describeTransport(
  'an event stream',
  async () => {
    const host = await RequestHost.open('events');
    const peer = await new EventPeer(host.url).open();
    const handler = await host.next();
    return { handler, peer, clock: host.clock, closeTimeout: TIMES.sendTimeout, dispose: () => host.close() };
  },
  'text',
);
