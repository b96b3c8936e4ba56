import { bootErrors } from '../common/boot-errors.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import type { HubOptions } from '../hubs/hub.options.js';

type Tcp = HubOptions['tcp'];

/**
 * Looks whether each hub has a port to itself. Hubs that have the same one by different names of this machine are found by listening.
 *
 * @param common - what the module says for all of its hubs.
 * @throws SignalRError for a port that is not there, or is for two.
 */
export function checkTcp(endpoints: readonly HubEndpoint[], common: Tcp): void {
  const named = endpoints.filter(({ options }) => options.tcp.port !== undefined);
  if (common?.port !== undefined && endpoints.length > 1) throw bootErrors.sharedPort(endpoints.map(nameOf));
  if (common !== undefined && named.length === 0 && endpoints.length > 0) throw bootErrors.noPort('SignalRModule');
  for (const endpoint of named) refuseSamePort(endpoint, named);
}

/** @throws SignalRError where a hub says something of TCP, and not the port. */
export function checkPort(hub: string, own: Tcp, port: number | undefined): void {
  if (own !== undefined && port === undefined) throw bootErrors.noPort(hub);
}

function refuseSamePort(endpoint: HubEndpoint, all: readonly HubEndpoint[]): void {
  const { host, port } = endpoint.options.tcp;
  const other = all.find(({ options: { tcp } }) => tcp.port === port && tcp.host === host);
  if (port && other !== undefined && other !== endpoint) throw bootErrors.samePort(host, port, nameOf(other), nameOf(endpoint));
}

function nameOf({ descriptor }: HubEndpoint): string {
  return descriptor.name;
}
