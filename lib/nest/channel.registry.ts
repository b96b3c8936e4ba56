import type { ChannelEndpoint } from '../channels/channel.endpoint.js';
import type { EndpointEntry } from '../channels/channel.entry.js';
import type { ChannelRoute } from '../channels/dialect.js';
import { normalizePath, pathOf } from '../connections/request-query.js';
import type { Paths } from './paths.js';
import type { Served } from './served.js';

/** An endpoint of channels with the gate before it. */
export interface ServedChannels extends Served {
  readonly endpoint: ChannelEndpoint;
  readonly entry: EndpointEntry;
}

/** What is served at the path of a request. */
export interface FoundRoute<R extends ChannelRoute = ChannelRoute> {
  readonly served: ServedChannels;
  readonly route: R;
  /** What stands in the path at the place of `:name`. */
  readonly parameter: string | undefined;
}

type Routes = Map<string, Pick<FoundRoute, 'served' | 'route'>>;

/** A last segment that stands for any. */
const PARAMETER = /\/:[^/]*$/;

/** One that stands for all that follows. */
const REST = /\/\*$/;

/** The endpoints of channels of one application, by the paths of their dialects. */
export class ChannelRegistry {
  /** The ways into all of them, save those of gateways. */
  readonly entries: EndpointEntry[] = [];
  private readonly exact: Routes = new Map();
  /** By what stands before the parameter. */
  private readonly open: Routes = new Map();
  /** By what stands before the rest. */
  private readonly below: Routes = new Map();

  constructor(private readonly paths: Paths) {}

  /** @throws SignalRError when one of its paths is taken. */
  add(served: ServedChannels): void {
    this.addGateway(served);
    this.entries.push(served.entry);
  }

  /**
   * Adds what plain gateways are at a path: it stands in no list.
   *
   * @throws SignalRError when one of its paths is taken.
   */
  addGateway(served: ServedChannels): void {
    const { endpoint } = served;
    for (const route of endpoint.dialect.routes(endpoint.path)) {
      const key = normalizePath(route.path);
      if (this.isServed(key, route)) continue;
      this.paths.claim(route.path, endpoint.descriptor.name);
      if (PARAMETER.test(key)) this.open.set(key.replace(PARAMETER, ''), { served, route });
      else if (REST.test(key)) this.below.set(key.replace(REST, ''), { served, route });
      else this.exact.set(key, { served, route });
    }
  }

  /** Whether another endpoint answers there already what this one would. */
  private isServed(key: string, route: ChannelRoute): boolean {
    const known = this.exact.get(key)?.route;
    return [known, route].every((one) => one?.kind === 'request' && one.isCommon === true);
  }

  /** The route of a URL; paths are compared without case, and a parameter is taken as it was written. */
  find(url: string): FoundRoute | undefined {
    const written = pathOf(url);
    const path = normalizePath(written);
    const known = this.exact.get(path);
    if (known !== undefined) return { ...known, parameter: undefined };
    const slash = path.lastIndexOf('/');
    const open = this.open.get(path.slice(0, slash));
    const parameter = open && decoded(written.slice(slash + 1, path.length));
    return open && parameter ? { ...open, parameter } : this.findBelow(written, path);
  }

  private findBelow(written: string, path: string): FoundRoute | undefined {
    for (const [beginning, found] of this.below) {
      if (path.startsWith(`${beginning}/`)) return { ...found, parameter: written.slice(beginning.length + 1, path.length) };
    }
    return undefined;
  }
}

/** @returns undefined for what cannot be decoded. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
