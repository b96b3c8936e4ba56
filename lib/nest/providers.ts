import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Provider } from '@nestjs/common';
import { useErrors } from '../common/use-errors.js';
import { Events } from '../common/events.js';
import { isThenable } from '../common/thenable.js';
import { Absentees } from '../connections/absentees.js';
import { ConnectionLimits } from '../connections/connection.limits.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { Drain } from '../connections/drain.js';
import { inProcessBackplane } from '../delivery/backplane.js';
import { InProcessLog } from '../delivery/log.js';
import { InProcessStore } from '../delivery/store.js';
import { ChannelCore } from '../channels/channel.core.js';
import { Channels } from '../channels/channels.js';
import { Presence } from '../channels/presence.js';
import { expiryOf } from '../hubs/expiry.js';
import type { HubGround } from '../hubs/hub.core.js';
import type { ModuleOptions } from '../signalr.options.js';
import { Callers } from './callers.js';
import { ChannelAssembly } from './channel.assembly.js';
import { ChannelRegistry } from './channel.registry.js';
import { ClientAddresses } from './client-addresses.js';
import { Doors } from './doors.js';
import { Explorer } from './explorer.js';
import { Gateways } from './gateways.js';
import { HubAssembly } from './hub.assembly.js';
import { Lifecycle } from './lifecycle.js';
import { Paths } from './paths.js';
import { SignalREvents } from './signalr.events.js';
import { SignalRHealth } from './signalr.health.js';
import { SignalRLogger } from './signalr.logger.js';
import { SignalRServer } from './signalr.server.js';
import { TcpDoors } from './tcp-doors.js';
import { HUB_GROUND, RESOLVED_OPTIONS } from './tokens.js';

/** The parts of one server, and how they are joined. */
export const serverProviders: Provider[] = [
  Callers,
  ChannelAssembly,
  ClientAddresses,
  Doors,
  Explorer,
  Gateways,
  HubAssembly,
  Lifecycle,
  SignalREvents,
  SignalRHealth,
  SignalRLogger,
  SignalRServer,
  TcpDoors,
  { provide: ConnectionStore, useFactory: makeStore, inject: [RESOLVED_OPTIONS, Events, ClientAddresses] },
  { provide: Drain, useFactory: makeDrain, inject: [ConnectionStore, RESOLVED_OPTIONS] },
  { provide: InProcessLog, useFactory: ({ server }: ModuleOptions) => new InProcessLog(server.clock), inject: [RESOLVED_OPTIONS] },
  { provide: HUB_GROUND, useFactory: makeGround, inject: [RESOLVED_OPTIONS, Events, InProcessLog] },
  { provide: ChannelCore, useFactory: makeChannelCore, inject: [RESOLVED_OPTIONS, Events, InProcessLog] },
  { provide: ChannelRegistry, useFactory: (paths: Paths) => new ChannelRegistry(paths), inject: [Paths] },
  { provide: Channels, useFactory: (core: ChannelCore) => new Channels(core), inject: [ChannelCore] },
  { provide: Presence, useFactory: (core: ChannelCore) => new Presence(core), inject: [ChannelCore] },
];

function makeStore({ server }: ModuleOptions, events: Events, addresses: ClientAddresses): ConnectionStore {
  const { clock, disconnectTimeout, limits } = server;
  const connectionLimits = new ConnectionLimits(limits, clock, events, (request) => addresses.of(request));
  return new ConnectionStore(clock, disconnectTimeout, limits.pendingNegotiations, new Absentees(limits), connectionLimits);
}

function makeDrain(connections: ConnectionStore, { server }: ModuleOptions): Drain {
  return new Drain(connections, server.drain);
}

function makeGround({ server }: ModuleOptions, events: Events, log: InProcessLog): HubGround {
  const { clock, limits, userIdProvider, expiresAt, disconnectTimeout } = server;
  const node = `${hostname()}_${randomUUID()}`;
  return {
    clock,
    events,
    limits,
    userIdProvider: (user) => checked(userIdProvider(user)),
    expiresAt: (user, said) => expiryOf(said ?? expiresAt(user)),
    disconnectTimeout,
    node,
    log,
    store: new InProcessStore(clock),
    backplane: inProcessBackplane,
  };
}

function makeChannelCore({ server, channels }: ModuleOptions, events: Events, log: InProcessLog): ChannelCore {
  const { clock, limits, userIdProvider, disconnectTimeout } = server;
  const { clientResultTimeout } = channels;
  return new ChannelCore({
    clock,
    events,
    limits,
    userIdProvider: (user) => checked(userIdProvider(user)),
    disconnectTimeout,
    clientResultTimeout,
    backplane: inProcessBackplane,
    store: new InProcessStore(clock),
    log,
  });
}

/** A promise, or an object, would be the same name for everybody. */
function checked(userIdentifier: unknown): string | undefined {
  if (userIdentifier === undefined || userIdentifier === null) return undefined;
  if (typeof userIdentifier === 'string') return userIdentifier;
  if (isThenable(userIdentifier)) void Promise.resolve(userIdentifier).catch(() => undefined);
  throw useErrors.wrongUserIdentifier(userIdentifier);
}
