import { Global, Module, type InjectionToken, type Provider } from '@nestjs/common';
import { DiscoveryModule, ModuleRef } from '@nestjs/core';
import { Events } from '../common/events.js';
import { HubClients } from '../hubs/hub.clients.js';
import { HubConnections } from '../hubs/hub.connections.js';
import { HubGroups } from '../hubs/hub.groups.js';
import type { HubClass } from '../hubs/hub.source.js';
import { HubRegistry } from './hub.registry.js';
import { nameOf } from './hub-metadata.js';
import { Paths } from './paths.js';

/** What can be injected for one hub. */
export type HubPart = 'clients' | 'groups' | 'connections';

/** Somebody's wish for a part of a hub, to be checked at boot. */
export interface HubWish {
  readonly asker: unknown;
  readonly decorator: string;
  readonly hub: () => unknown;
}

const PARTS: readonly HubPart[] = ['clients', 'groups', 'connections'];

/** Every wish that a decorator of this process has noted down; an application looks at those of its own classes. */
export const wishes: HubWish[] = [];

const tokens = new Map<HubClass, Record<HubPart, symbol>>();
const providers: Provider[] = [
  Events,
  Paths,
  { provide: HubRegistry, useFactory: (events: Events, paths: Paths) => new HubRegistry(events, paths), inject: [Events, Paths] },
  { provide: HubClients, useFactory: (hubs: HubRegistry) => hubs.clients(), inject: [HubRegistry] },
  { provide: HubGroups, useFactory: (hubs: HubRegistry) => hubs.groups(), inject: [HubRegistry] },
  { provide: HubConnections, useFactory: (hubs: HubRegistry) => hubs.connections(), inject: [HubRegistry] },
];
const exported: (InjectionToken | typeof DiscoveryModule)[] = [
  DiscoveryModule,
  Events,
  Paths,
  HubRegistry,
  HubClients,
  HubGroups,
  HubConnections,
];

/**
 * Makes the parts of every hub injectable in every module. Nest reads these two lists when an application is created; they grow while
 * classes are decorated, which is before that, so a part can be asked for before its hub is known, and in whatever order files are loaded.
 */
@Global()
@Module({ imports: [DiscoveryModule], providers, exports: exported })
export class HubInjectionModule {}

/** Makes a hub's parts injectable. */
export function registerHub(hub: HubClass): Record<HubPart, symbol> {
  const known = tokens.get(hub);
  if (known !== undefined) return known;
  const made = { clients: tokenFor('HubClients', hub), groups: tokenFor('HubGroups', hub), connections: tokenFor('HubConnections', hub) };
  tokens.set(hub, made);
  for (const part of PARTS) provide(made[part], (hubs) => hubs[part](hub));
  return made;
}

/**
 * A token for a hub that is not known before the application is created. It stands for the same as the hub's own token, an overriding of it
 * in a test included.
 */
export function registerLateHub(part: HubPart, hub: () => HubClass): symbol {
  const token = Symbol(`late ${part}`);
  provide(token, (hubs, moduleRef) => overridden(moduleRef, hub(), part) ?? hubs[part](hub()));
  return token;
}

function overridden(moduleRef: ModuleRef, hub: HubClass, part: HubPart): unknown {
  const known = tokens.get(hub);
  return known === undefined ? undefined : moduleRef.get<unknown>(known[part], { strict: false });
}

function provide(token: symbol, make: (hubs: HubRegistry, moduleRef: ModuleRef) => unknown): void {
  providers.push({ provide: token, useFactory: make, inject: [HubRegistry, ModuleRef] });
  exported.push(token);
}

function tokenFor(part: string, hub: HubClass): symbol {
  return Symbol(`${part}<${nameOf(hub)}>`);
}
