import { useErrors } from '../common/use-errors.js';
import type { Events } from '../common/events.js';
import { normalizePath } from '../connections/request-query.js';
import { HubClients } from '../hubs/hub.clients.js';
import { HubConnections } from '../hubs/hub.connections.js';
import type { HubEndpoint } from '../hubs/hub.endpoint.js';
import { HubGroups } from '../hubs/hub.groups.js';
import type { HubClass, HubSource } from '../hubs/hub.source.js';
import { nameOf } from './hub-metadata.js';
import { Paths, REFRESH } from './paths.js';
import type { ServedAt, ServedHub } from './served.js';

/** The hubs of one application. What it hands out before they are found works from then on. */
export class HubRegistry {
  private readonly byClass = new Map<HubClass, HubEndpoint>();
  private readonly byPath = new Map<string, ServedHub>();
  private readonly gateways = new Set<ServedHub>();
  private isComplete = false;

  constructor(
    private readonly events: Events,
    private readonly paths: Paths,
  ) {}

  /** Whether there is neither a hub nor a gateway. */
  get isEmpty(): boolean {
    return this.byPath.size === 0;
  }

  /** All hubs, in the order in which they were found. */
  get endpoints(): readonly HubEndpoint[] {
    return [...this.byPath.values()].filter((served) => !this.gateways.has(served)).map(({ endpoint }) => endpoint);
  }

  /**
   * Adds a hub under all the classes by which it may be asked for.
   *
   * @throws SignalRError when its path is taken.
   */
  add(classes: readonly HubClass[], served: ServedHub): void {
    this.claimPath(served);
    for (const hub of classes) this.byClass.set(hub, served.endpoint);
  }

  /**
   * Adds what plain gateways are at a path. It is no hub: nobody can ask for its clients by a class.
   *
   * @throws SignalRError when the path is taken.
   */
  addGateway(served: ServedHub): void {
    this.claimPath(served);
    this.gateways.add(served);
  }

  /** From now on who asks for something that is not there has made a mistake. */
  complete(): void {
    this.isComplete = true;
  }

  /** Whether a class is a hub of this application. */
  has(hub: HubClass): boolean {
    return this.byClass.has(hub);
  }

  /** The hub of a class. */
  find(hub: HubClass): HubEndpoint {
    const endpoint = this.byClass.get(hub);
    if (endpoint !== undefined) return endpoint;
    throw this.isComplete ? useErrors.unknownHub(nameOf(hub)) : useErrors.notReady(nameOf(hub));
  }

  /** The hub at a path in small letters and without a slash at its end. */
  readonly at: ServedAt = (path) => this.byPath.get(path);

  /** Where the injectables of a hub find it; of the only one, where none is named. */
  source(asked: string, hub?: HubClass): HubSource {
    return {
      hub: () => this.named(asked, hub).core,
      check: () => {
        if (this.isComplete) this.named(asked, hub);
      },
      of: (other) => this.source(asked, other),
      report: (doing, error) => this.events.emit('failed', { endpoint: hub === undefined ? asked : nameOf(hub), doing, error }),
    };
  }

  /** The clients of a hub; of the only one, where none is named. */
  clients(hub?: HubClass): HubClients {
    return new HubClients(this.source('HubClients', hub));
  }

  /** The groups of a hub; of the only one, where none is named. */
  groups(hub?: HubClass): HubGroups {
    return new HubGroups(this.source('HubGroups', hub));
  }

  /** The connections of a hub; of the only one, where none is named. */
  connections(hub?: HubClass): HubConnections {
    return new HubConnections(this.source('HubConnections', hub));
  }

  private claimPath(served: ServedHub): void {
    const { path, descriptor, options } = served.endpoint;
    this.paths.claim(path, descriptor.name);
    if (options.authenticationRefresh) this.paths.claim(`${path.replace(/\/$/, '')}${REFRESH}`, descriptor.name);
    this.byPath.set(normalizePath(path), served);
  }

  private named(asked: string, hub: HubClass | undefined): HubEndpoint {
    return hub === undefined ? this.only(asked) : this.find(hub);
  }

  private only(asked: string): HubEndpoint {
    if (!this.isComplete) throw useErrors.notReady(asked);
    const { endpoints } = this;
    if (endpoints.length === 0) throw useErrors.noHub(asked);
    if (endpoints.length > 1)
      throw useErrors.severalHubs(
        asked,
        endpoints.map(({ descriptor }) => descriptor.name),
      );
    return endpoints[0];
  }
}
