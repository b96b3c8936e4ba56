import 'reflect-metadata';
import { PARAMETERS_METADATA, type ParameterKind, type ParameterKinds } from '../hub-metadata.js';

/** Gives the parameter of a hub method the `HubCallerContext`: who calls. */
export function Caller(): ParameterDecorator {
  return parameter('caller');
}

/** Gives the parameter of a hub method the `HubCallerClients`: the hub's clients as the caller sees them. */
export function Clients(): ParameterDecorator {
  return parameter('clients');
}

function parameter(kind: ParameterKind): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) return;
    const known = (Reflect.getOwnMetadata(PARAMETERS_METADATA, target, key) as ParameterKinds | undefined) ?? new Map();
    Reflect.defineMetadata(PARAMETERS_METADATA, new Map([...known, [index, kind]]), target, key);
  };
}
