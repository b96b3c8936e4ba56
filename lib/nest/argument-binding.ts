import { BadRequestException, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { isThenable } from '../common/thenable.js';
import { checkOf, conversionOf } from './argument-types.js';
import type { Call, Givens } from './call.js';
import type { StandardSchema } from './decorators/parameter.decorators.js';
import type { HubParameter } from './hub.parameters.js';

/** Makes the values of a method's parameters out of a call, at once where nothing has to be awaited. */
export type Binding = (call: Call) => unknown[] | Promise<unknown[]>;

/** Makes the execution context of a call, for the decorators of the application. */
export type ContextOf = (call: Call) => ExecutionContext;

/** One parameter with everything that its value passes. */
export interface BoundParameter extends HubParameter {
  /** Those of the application, the hub and the method, and then its own. */
  readonly allPipes: readonly PipeTransform[];
}

/** Makes of a value what the next one gets, or a promise of it. */
type Step = (value: unknown) => unknown;

/** Takes a value out of a call, or what a pipe promises to make of it. */
type Reader = (call: Call) => unknown;

/** Whether a method takes exactly what the client gives: then there is nothing to bind. */
export function takesArgumentsAsTheyAre(parameters: readonly BoundParameter[]): boolean {
  return parameters.every((parameter) => parameter.kind === 'argument' && isUntouched(parameter));
}

/** Folds what stands before a method's parameters into one function. */
export function compileBinding(parameters: readonly BoundParameter[], contextOf: ContextOf, givens: Givens): Binding {
  const next = { argument: 0, upload: 0 };
  const readers = parameters.map((parameter) => {
    const { kind } = parameter;
    return readerOf(parameter, kind === 'argument' || kind === 'upload' ? next[kind]++ : -1, contextOf, givens);
  });
  const last = parameters.at(-1);
  return last?.isRest === true ? bindRest(readers.slice(0, -1), passOf(last), next.argument - 1) : (call) => readAll(readers, call);
}

/** The last parameter takes every argument that is left, each of which passes what a single one would. */
function bindRest(readers: readonly Reader[], pass: Step, from: number): Binding {
  return (call) => {
    const rest = call.arguments.slice(from).map((value) => () => pass(value));
    return readAll([...readers, ...rest], call);
  };
}

/**
 * One after the other, and awaited only where there is something to await. Side by side a pipe's promise could be rejected while nobody waits
 * for it any more, because another pipe has thrown.
 */
function readAll(readers: readonly Reader[], call: Call): unknown[] | Promise<unknown[]> {
  const values: unknown[] = [];
  for (const read of readers) {
    const value = read(call);
    if (isThenable(value)) return readOn(readers, call, values, value);
    values.push(value);
  }
  return values;
}

async function readOn(readers: readonly Reader[], call: Call, values: unknown[], pending: PromiseLike<unknown>): Promise<unknown[]> {
  values.push(await pending);
  for (const read of readers.slice(values.length)) values.push(await read(call));
  return values;
}

function readerOf(parameter: BoundParameter, index: number, contextOf: ContextOf, givens: Givens): Reader {
  const { kind, data, factory } = parameter;
  const given = givens.get(kind);
  if (given !== undefined) return (call) => given(call as never);
  if (kind === 'upload') return (call) => call.uploads?.[index];
  const pass = passOf(parameter);
  if (kind === 'custom') return (call) => then(factory?.(data, contextOf(call)), pass);
  return typeof data === 'string' ? (call) => pass(propertyOf(call.arguments[index], data)) : (call) => pass(call.arguments[index]);
}

/** All that happens to a value on its way. */
function passOf(parameter: BoundParameter): Step {
  const steps = stepsOf(parameter);
  return steps.length === 1 ? steps[0] : (value) => steps.reduce<unknown>((result, step) => then(result, step), value);
}

function isUntouched(parameter: BoundParameter): boolean {
  return parameter.data === undefined && stepsOf(parameter).length === 0;
}

/** The form that the parameter's type has, pipes, schema, and the type that is to come out. */
function stepsOf(parameter: BoundParameter): Step[] {
  return [conversionOf(parameter), ...pipesOf(parameter), checkOf(parameter)].filter((step) => step !== undefined);
}

/** An argument that may be left out passes the pipes, one of which may have a default for it, but no schema. */
function pipesOf({ kind, allPipes, schema, metatype, data, isOptional }: BoundParameter): Step[] {
  const type = kind === 'custom' ? 'custom' : 'body';
  const metadata = { type, metatype, data, schema } as Parameters<PipeTransform['transform']>[1];
  const steps: Step[] = allPipes.map((pipe) => (value) => pipe.transform(value, metadata) as unknown);
  if (schema !== undefined && !allPipes.some(validatesSchemas))
    steps.push((value) => (value === undefined && isOptional ? undefined : validate(schema, value)));
  return steps;
}

/** Nest's own pipe for schemas reads the one in the metadata; a value is not to be converted twice. */
function validatesSchemas(pipe: PipeTransform): boolean {
  return pipe.constructor.name === 'StandardSchemaValidationPipe';
}

function validate(schema: StandardSchema, value: unknown): unknown {
  return then(schema['~standard'].validate(value), (result) => {
    const { issues, value: valid } = result as { issues?: readonly { message: string }[]; value?: unknown };
    if (issues !== undefined) throw new BadRequestException(issues.map(({ message }) => message));
    return valid;
  });
}

/** A property that the argument itself has; what it inherits is nobody's input. */
function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function then(value: unknown, step: Step): unknown {
  return isThenable(value) ? Promise.resolve(value).then(step) : step(value);
}
