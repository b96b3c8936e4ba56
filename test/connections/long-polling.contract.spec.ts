import { RequestHost, TIMES } from '../support/request-host.js';
import { PollingPeer } from '../support/request-peer.js';
import { describeTransport } from '../support/transport.contract.js';

describeTransport('long polling', async () => {
  const host = await RequestHost.open('polls');
  const peer = await new PollingPeer(host.url, () => void host.clock.advance(TIMES.disconnectTimeout)).open();
  const handler = await host.next();
  const { clock } = host;
  return { handler, peer, clock, closeTimeout: TIMES.disconnectTimeout, goodbye: 'client-closed', dispose: () => host.close() };
});
