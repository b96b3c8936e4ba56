import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import { bootErrors } from './common/boot-errors.js';
import { resolveOptions, Rule } from './common/options.js';
import { sharedOptionNames, type ChannelEndpointConfiguration, type SharedEndpointOptions } from './channels/channel.options.js';
import { hubOptions, type HubOptions } from './hubs/hub.options.js';
import { serverOptions, type ResolvedServerOptions, type ServerOptions } from './hubs/server.options.js';

/** Options of `SignalRModule`. Those of {@link HubOptions} are the defaults of all hubs; a hub's own win over them. */
export interface SignalRModuleOptions extends HubOptions, ServerOptions {
  /**
   * Endpoints of channels without a class of their own. What the module says of connections holds for them, too, save the options of keep-alive.
   * @default none
   */
  channels?: readonly ChannelEndpointConfiguration[];
}

/** Makes the options, as a class: `forRootAsync({ useClass })` and `{ useExisting }`. */
export interface SignalROptionsFactory {
  createSignalROptions(): SignalRModuleOptions | Promise<SignalRModuleOptions>;
}

/** Where the options come from when they depend on other providers: `useFactory` and `inject`, `useClass`, or `useExisting`; and `imports`. */
export type SignalRModuleAsyncOptions = ConfigurableModuleAsyncOptions<SignalRModuleOptions, 'createSignalROptions'>;

/** All kinds of the module's options: the server's, complete, and the hubs' and channels' as they were given, to be completed for each. */
export interface ModuleOptions {
  readonly server: ResolvedServerOptions;
  readonly hubs: HubOptions;
  readonly channels: ModuleChannelOptions;
}

/** What the module says of channels. */
export interface ModuleChannelOptions {
  readonly endpoints: readonly ChannelEndpointConfiguration[];
  readonly shared: SharedEndpointOptions;
  readonly clientResultTimeout: number;
}

const channels = new Rule<readonly ChannelEndpointConfiguration[]>(
  [],
  "a list of endpoints, such as [{ path: '/socket', dialect: phoenix() }]",
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null),
);

/**
 * Checks the module's options and fills in the server's defaults.
 *
 * @throws SignalRError for a name that does not exist and a value that is not allowed.
 */
export function resolveModuleOptions(options: SignalRModuleOptions): ModuleOptions {
  if (typeof options !== 'object' || options === null) throw bootErrors.noOptions(options);
  const resolved = resolveOptions({ ...hubOptions, ...serverOptions, channels }, { from: 'the options of SignalRModule', options });
  const hubs: HubOptions = pick(options, hubOptions);
  return { server: pick(resolved, serverOptions), hubs, channels: channelsOf(hubs, resolved) };
}

function channelsOf(
  hubs: HubOptions,
  resolved: { channels: ModuleChannelOptions['endpoints']; clientResultTimeout: number },
): ModuleChannelOptions {
  const names = Object.fromEntries([...sharedOptionNames, 'enableDetailedErrors'].map((name) => [name, true]));
  return { endpoints: resolved.channels, shared: pick(hubs, names), clientResultTimeout: resolved.clientResultTimeout };
}

function pick<O extends object, S extends object>(options: O, schema: S): Pick<O, keyof O & keyof S> {
  const entries = Object.entries(options).filter(([name]) => Object.hasOwn(schema, name));
  return Object.fromEntries(entries) as Pick<O, keyof O & keyof S>;
}
