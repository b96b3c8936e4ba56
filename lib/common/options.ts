import { optionErrors, show } from './errors.js';

/** What one option may be, and what it is when nobody says. */
export class Rule<T> {
  /**
   * @param fallback - the default.
   * @param allowed - completes the sentence "It has to be …".
   * @param accepts - whether a given value is one of those.
   * @param acceptsMember - of a list, whether one of its members may be in it: for the text of an error.
   */
  constructor(
    readonly fallback: T,
    readonly allowed: string,
    readonly accepts: (value: unknown) => boolean,
    readonly acceptsMember?: (value: unknown) => boolean,
  ) {}
}

/** Options by name, grouped as the user groups them. */
export interface Schema {
  readonly [name: string]: Rule<unknown> | Switch<Schema> | Together<unknown> | Schema;
}

/** A group that is off until somebody says true, for its defaults, or gives some of its options; false turns it off again. */
export class Switch<S extends Schema> {
  constructor(readonly group: S) {}
}

/** A group whose members have to fit together. */
export class Together<T> {
  /**
   * @param members - what each may be by itself.
   * @param fit - makes of them what counts; `from` is where the last of them comes from, for the text of an error.
   */
  constructor(
    readonly members: Schema,
    readonly fit: (members: never, from: string) => T,
  ) {}
}

/** The options of a schema with every default filled in. */
export type Resolved<S> = { readonly [K in keyof S]: ResolvedOne<S[K]> };

type ResolvedOne<R> =
  R extends Rule<infer T> ? T : R extends Switch<infer G> ? Resolved<G> | false : R extends Together<infer T> ? T : Resolved<R>;

/** A span of time in milliseconds; zero means "none" where the option says so. */
export const milliseconds = (fallback: number, minimum = 1): Rule<number> =>
  new Rule(fallback, `a number of milliseconds, ${minimum} or more`, (value) => isNumber(value) && value >= minimum);

/** A whole number of bytes, items, connections …, `minimum` or more; Infinity only where `unlimited`. */
export const count = (fallback: number, minimum: number, unlimited = false): Rule<number> =>
  new Rule(
    fallback,
    `a whole number, ${minimum} or more${unlimited ? ', or Infinity' : ''}`,
    (value) => (Number.isSafeInteger(value) || (unlimited && value === Infinity)) && (value as number) >= minimum,
  );

/** A list of one or more. */
export const listOf = <T>(fallback: readonly T[], allowed: string, isMember: (value: unknown) => boolean): Rule<readonly T[]> =>
  new Rule(fallback, allowed, (value) => Array.isArray(value) && value.length > 0 && value.every(isMember), isMember);

/** Yes or no. */
export const flag = (fallback: boolean): Rule<boolean> => new Rule(fallback, 'true or false', (value) => typeof value === 'boolean');

/** One of a few words. */
export const choice = <T extends string>(fallback: T, ...words: T[]): Rule<T> =>
  new Rule(fallback, `one of ${words.map((word) => `'${word}'`).join(', ')}`, (value) => words.includes(value as T));

/**
 * Lays the given options over the defaults, the later ones over the earlier ones, group by group: saying one member of a group leaves the
 * others as they are. What is undefined says nothing.
 *
 * @param layers - where each part comes from, for the text of an error, and what it says.
 * @throws SignalRError `ERR_SIGNALR_OPTIONS` for a name that does not exist and for a value that is not allowed.
 */
export function resolveOptions<S extends Schema>(schema: S, ...layers: { from: string; options: object | undefined }[]): Resolved<S> {
  for (const { from, options } of layers) checkObject(options, from);
  for (const { from, options } of layers) checkNames(schema, options ?? {}, from, '');
  const given = layers.map(({ from, options }) => ({ from, options: (options ?? {}) as Record<string, unknown> }));
  return resolveGroup(schema, given, '') as Resolved<S>;
}

interface Layer {
  from: string;
  options: Record<string, unknown>;
}

function resolveGroup(schema: Schema, layers: Layer[], path: string): object {
  const entries = Object.entries(schema).map(([name, rule]) => {
    const said = layers.filter(({ options }) => Object.hasOwn(options, name) && options[name] !== undefined);
    return [name, resolveMember(rule, said, name, path)];
  });
  return Object.freeze(Object.fromEntries(entries));
}

function resolveMember(rule: Schema[string], layers: Layer[], name: string, path: string): unknown {
  if (rule instanceof Rule) return resolveOne(rule, layers, name, path);
  if (rule instanceof Together) return rule.fit(resolveNested(rule.members, layers, name, path) as never, layers.at(-1)?.from ?? '');
  return rule instanceof Switch ? resolveSwitch(rule, layers, name, path) : resolveNested(rule, layers, name, path);
}

function resolveOne(rule: Rule<unknown>, layers: Layer[], name: string, path: string): unknown {
  for (const { from, options } of layers) {
    if (!rule.accepts(options[name])) throw refused(rule, options[name], path + name, from);
  }
  return layers.length > 0 ? layers[layers.length - 1].options[name] : rule.fallback;
}

/** What a list is refused for is one of its members, or that it has none. */
function refused({ allowed, acceptsMember }: Rule<unknown>, value: unknown, name: string, from: string): Error {
  if (acceptsMember === undefined || !Array.isArray(value)) return optionErrors.notAllowed(name, value, allowed, from);
  const wrong: unknown = value.find((member) => !acceptsMember(member));
  return optionErrors.notAmong(name, value.length === 0 ? 'is an empty list' : `contains ${show(wrong)}`, allowed, from);
}

function resolveNested(schema: Schema, layers: Layer[], name: string, path: string): object {
  const inner = layers.map(({ from, options }) => ({ from, options: options[name] as Record<string, unknown> }));
  return resolveGroup(schema, inner, `${path}${name}.`);
}

/** What was said before the last false counts no more. */
function resolveSwitch({ group }: Switch<Schema>, layers: Layer[], name: string, path: string): object | false {
  const on = layers.slice(layers.map(({ options }) => options[name]).lastIndexOf(false) + 1);
  const groups = on.filter(({ options }) => options[name] !== true);
  return on.length > 0 && resolveNested(group, groups, name, path);
}

function checkObject(options: unknown, from: string): void {
  if (options !== undefined && (typeof options !== 'object' || options === null)) throw optionErrors.noObject(options, from);
}

function checkNames(schema: Schema, options: object, from: string, path: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(schema, name)) throw optionErrors.unknown(path + name, Object.keys(schema), from);
    if (value !== undefined) checkGroup(schema[name], value, from, path + name);
  }
}

function checkGroup(rule: Schema[string], value: unknown, from: string, name: string): void {
  const isSwitch = rule instanceof Switch;
  if (rule instanceof Rule || (isSwitch && typeof value === 'boolean')) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionErrors.notAllowed(name, value, isSwitch ? 'true, false or an object' : 'an object', from);
  checkNames(membersOf(rule), value, from, `${name}.`);
}

function membersOf(rule: Switch<Schema> | Together<unknown> | Schema): Schema {
  if (rule instanceof Together) return rule.members;
  return rule instanceof Switch ? rule.group : rule;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value) && value !== Infinity;
}
