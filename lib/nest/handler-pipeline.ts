import { callErrors } from '../common/errors.js';
import type { HubCall } from '../hubs/hub.call.js';
import type { HubParameter } from './hub.methods.js';

/** A hub's instance as the pipeline sees it: methods by name, looked up at each call, so that a spy on the instance is called too. */
type Instance = Record<string, (...values: unknown[]) => unknown>;

/** Makes one value of a method's parameters out of a call. */
type Reader = (call: HubCall) => unknown;

/**
 * Folds everything that stands around a method into one function. What a method does not have costs nothing: without decorated parameters
 * and without types to check, a call is the bare call of the method.
 *
 * @param parameters - what the method's parameters want, in their order.
 */
export function compileHandler(instance: object, key: string, parameters: readonly HubParameter[]): (call: HubCall) => unknown {
  const hub = instance as Instance;
  const takesAllInOrder = parameters.every(({ kind, type }) => kind === 'argument' && type === undefined);
  if (takesAllInOrder) return (call) => hub[key](...call.arguments);
  const read = readerOf(parameters);
  return (call) => hub[key](...read(call));
}

function readerOf(parameters: readonly HubParameter[]): (call: HubCall) => unknown[] {
  let next = 0;
  const readers = parameters.map((parameter) => {
    if (parameter.kind === 'caller') return readCaller;
    if (parameter.kind === 'clients') return readClients;
    return argumentReader(next++, parameter);
  });
  const rest = parameters.at(-1)?.isRest === true ? next - 1 : undefined;
  return rest === undefined ? (call) => readAll(readers, call) : restReader(readers, rest, parameters.at(-1) as HubParameter);
}

/** All parameters but the last; and then, for the last, every argument that is left. */
function restReader(readers: readonly Reader[], from: number, { type }: HubParameter): (call: HubCall) => unknown[] {
  const fixed = readers.slice(0, -1);
  return (call) => {
    const left = call.arguments.slice(from);
    if (type !== undefined) for (const value of left) checkType(value, type);
    return [...readAll(fixed, call), ...left];
  };
}

function readAll(readers: readonly Reader[], call: HubCall): unknown[] {
  const values: unknown[] = [];
  for (const read of readers) values.push(read(call));
  return values;
}

const readCaller: Reader = (call) => call.caller;
const readClients: Reader = (call) => call.clients;

function argumentReader(index: number, { type }: HubParameter): Reader {
  if (type === undefined) return (call) => call.arguments[index];
  return (call) => checkType(call.arguments[index], type);
}

function checkType(value: unknown, type: NonNullable<HubParameter['type']>): unknown {
  if (value !== undefined && value !== null && typeof value !== type) throw callErrors.argumentType();
  return value;
}
