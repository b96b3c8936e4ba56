import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import { bootErrors } from './common/boot-errors.js';
import { resolveOptions } from './common/options.js';
import { hubOptions, type HubOptions } from './hubs/hub.options.js';
import { serverOptions, type ResolvedServerOptions, type ServerOptions } from './hubs/server.options.js';

/** Options of `SignalRModule`. Those of {@link HubOptions} are the defaults of all hubs; a hub's own win over them. */
export interface SignalRModuleOptions extends HubOptions, ServerOptions {}

/** Makes the options, as a class: `forRootAsync({ useClass })` and `{ useExisting }`. */
export interface SignalROptionsFactory {
  createSignalROptions(): SignalRModuleOptions | Promise<SignalRModuleOptions>;
}

/** Where the options come from when they depend on other providers: `useFactory` and `inject`, `useClass`, or `useExisting`; and `imports`. */
export type SignalRModuleAsyncOptions = ConfigurableModuleAsyncOptions<SignalRModuleOptions, 'createSignalROptions'>;

/** Both kinds of the module's options: the server's, complete, and the hubs' as they were given, to be completed for each hub. */
export interface ModuleOptions {
  readonly server: ResolvedServerOptions;
  readonly hubs: HubOptions;
}

/**
 * Checks the module's options and fills in the server's defaults.
 *
 * @throws SignalRError for a name that does not exist and a value that is not allowed.
 */
export function resolveModuleOptions(options: SignalRModuleOptions): ModuleOptions {
  if (typeof options !== 'object' || options === null) throw bootErrors.noOptions(options);
  const resolved = resolveOptions({ ...hubOptions, ...serverOptions }, { from: 'the options of SignalRModule', options });
  return { server: pick(resolved, serverOptions), hubs: pick(options, hubOptions) };
}

function pick<O extends object, S extends object>(options: O, schema: S): Pick<O, keyof O & keyof S> {
  const entries = Object.entries(options).filter(([name]) => Object.hasOwn(schema, name));
  return Object.fromEntries(entries) as Pick<O, keyof O & keyof S>;
}
