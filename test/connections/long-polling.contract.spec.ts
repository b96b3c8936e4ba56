import { RequestHost, TIMES } from '../support/request-host.js';
import { PollingPeer } from '../support/request-peer.js';
import { describeTransport } from '../support/transport.contract.js';

describeTransport('long polling', async () => {
  const host = await RequestHost.open('polls');
  const peer = await new PollingPeer(host.url, () => void host.clock.advance(TIMES.disconnectTimeout)).open();
  const handler = await host.next();
  return { handler, peer, clock: host.clock, closeTimeout: TIMES.disconnectTimeout, dispose: () => host.close() };
});
