import { bootErrors } from '../common/boot-errors.js';
import { resolveOptions } from '../common/options.js';
import { HubCore, type HubGround } from '../hubs/hub.core.js';
import { HubEndpoint } from '../hubs/hub.endpoint.js';
import { hubOptions, type HubOptions } from '../hubs/hub.options.js';
import type { Explorer, FoundHub } from './explorer.js';
import { wishes } from './hub-injection.js';
import { isHub, nameOf } from './hub-metadata.js';
import type { HubRegistry } from './hub.registry.js';

/**
 * Finds the hubs of the application and makes their endpoints.
 *
 * @param defaults - the module's options for all hubs.
 * @throws SignalRError for everything that is wrong with a hub, and for somebody who asks for a hub that is none.
 */
export function assembleHubs(explorer: Explorer, hubs: HubRegistry, ground: HubGround, defaults: HubOptions): void {
  for (const found of explorer.findHubs()) hubs.add(found.classes, assemble(found, explorer, hubs, ground, defaults));
  checkWishes(explorer.findClasses(), hubs);
  hubs.complete();
}

function assemble(found: FoundHub, explorer: Explorer, hubs: HubRegistry, ground: HubGround, defaults: HubOptions): HubEndpoint {
  const options = resolveOptions(
    hubOptions,
    { from: 'the options of SignalRModule', options: defaults },
    { from: `@Hub('${found.path}') on ${found.name}`, options: found.options },
  );
  const descriptor = explorer.describeHub(found, options.optionalArguments);
  return new HubEndpoint(descriptor, new HubCore(found.name, ground), options, hubs.lookup);
}

/** Decorators note down their wishes for the whole process; only those of this application's own classes are its affair. */
function checkWishes(classes: ReadonlySet<unknown>, hubs: HubRegistry): void {
  for (const { asker, decorator, hub } of wishes) {
    if (!isAmong(classes, asker)) continue;
    const wanted = hub();
    if (wanted === undefined) throw bootErrors.undefinedHub(decorator, nameOf(asker));
    if (!isHub(wanted)) throw bootErrors.notAHub(decorator, nameOf(wanted), nameOf(asker));
    if (!hubs.has(wanted)) throw bootErrors.hubNotProvided(decorator, nameOf(wanted), nameOf(asker));
  }
}

/** A class, or one that extends it and so inherits its constructor. */
function isAmong(classes: ReadonlySet<unknown>, asker: unknown): boolean {
  if (classes.has(asker)) return true;
  return [...classes].some((known) => typeof known === 'function' && known.prototype instanceof (asker as new () => object));
}
