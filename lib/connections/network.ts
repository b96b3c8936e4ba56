import { isIP, isIPv6 } from 'node:net';

/** The groups of sixteen bits that an address of IPv6 has, and those of them that are its network's. */
const ALL = 8;
const OF_NETWORK = 4;

/** Some proxies name the port as well. */
const PORT = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/;

/** A zone is of the server's own network, whatever follows its sign. */
const ZONE = /%.*$/s;

/** IPv4, as a server that listens for IPv6 hears of it. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The address that a text from outside names; undefined where it names none. It is short, and safe to show and to count by. */
export function addressIn(text: string | undefined): string | undefined {
  const address = text?.trim().replace(PORT, '$1$2').replace(ZONE, '').replace(MAPPED, '');
  return address !== undefined && isIP(address) > 0 ? address : undefined;
}

/** The network of an address of IPv6: its second half is any host's own to choose, and to change with each connection. Others stay as they are. */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined || !isIPv6(address)) return address;
  const [head, tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const between = Array.from({ length: ALL - before.length - after.length }, () => 0);
  return [...before, ...between, ...after].slice(0, OF_NETWORK).map(inHex).join(':');
}

/** What is written at the end as of IPv4 are two groups, which are never the network's. */
function groupsOf(text = ''): number[] {
  const groups = text.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split(':');
  return groups.filter((group) => group !== '').map((group) => Number.parseInt(group, 16));
}

function inHex(group: number): string {
  return group.toString(16);
}
