import { Inject } from '@nestjs/common';
import { bootErrors } from '../../common/boot-errors.js';
import type { HubClass } from '../../hubs/hub.source.js';
import { registerHub, registerLateHub, wishes, type HubPart } from '../hub-injection.js';
import { nameOf } from '../hub-metadata.js';

/** A hub, or a function that returns it, for files that import each other: `@InjectHubClients(() => ChatHub)`. */
export type HubReference = HubClass | (() => HubClass);

/** A decorator of constructor parameters and of properties. */
export type InjectionDecorator = PropertyDecorator & ParameterDecorator;

/** Injects the `HubClients` of a hub. */
export function InjectHubClients(hub: HubReference): InjectionDecorator {
  return injectPart('clients', '@InjectHubClients', hub);
}

/** Injects the `HubGroups` of a hub. */
export function InjectHubGroups(hub: HubReference): InjectionDecorator {
  return injectPart('groups', '@InjectHubGroups', hub);
}

/** Injects the `HubConnections` of a hub. */
export function InjectHubConnections(hub: HubReference): InjectionDecorator {
  return injectPart('connections', '@InjectHubConnections', hub);
}

/** The injection token behind `@InjectHubClients(hub)`, for `app.get(…)`, factories and overriding in tests. */
export function getHubClientsToken(hub: HubClass): symbol {
  return registerHub(hub).clients;
}

/** The injection token behind `@InjectHubGroups(hub)`. */
export function getHubGroupsToken(hub: HubClass): symbol {
  return registerHub(hub).groups;
}

/** The injection token behind `@InjectHubConnections(hub)`. */
export function getHubConnectionsToken(hub: HubClass): symbol {
  return registerHub(hub).connections;
}

function injectPart(part: HubPart, decorator: string, hub: HubReference): InjectionDecorator {
  return (target: object, key: string | symbol | undefined, index?: number) => {
    const asker = typeof target === 'function' ? target : target.constructor;
    if (typeof hub !== 'function') throw bootErrors.undefinedHub(decorator, nameOf(asker));
    const isLate = hub.prototype === undefined;
    const reference = isLate ? (hub as () => HubClass) : (): HubClass => hub as HubClass;
    wishes.push({ asker, decorator, hub: reference });
    const token = isLate ? registerLateHub(part, reference) : registerHub(hub as HubClass)[part];
    Inject(token)(target, key, index as number);
  };
}
