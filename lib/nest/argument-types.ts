import { types } from 'node:util';
import { callErrors } from '../common/errors.js';
import type { HubParameter } from './hub.parameters.js';

type Step = (value: unknown) => unknown;

/** As ECMA-262 has it, with the fractions of a second that .NET writes: up to seven digits. */
const ISO_DATE = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** What has no form in JSON, and one in MessagePack: the method gets the same from clients of both. */
const conversions = new Map<unknown, Step>([
  [Date, toDate],
  [Uint8Array, toBytes],
  [Buffer, toBuffer],
]);

const checks = new Map<unknown, string>([
  [Number, 'number'],
  [String, 'string'],
  [Boolean, 'boolean'],
]);

/** What happens to an argument before its pipes because of the parameter's type; undefined where that says nothing. */
export function conversionOf(parameter: HubParameter): Step | undefined {
  const convert = conversions.get(typeOf(parameter));
  return convert && unlessNothing((value) => convert(value) ?? refuse(parameter, value));
}

/** What an argument has to be after its pipes because of the parameter's type; undefined where that says nothing. */
export function checkOf(parameter: HubParameter): Step | undefined {
  const type = checks.get(typeOf(parameter));
  return type === undefined ? undefined : unlessNothing((value) => (typeof value === type ? value : refuse(parameter, value)));
}

/** Of a rest parameter one compiler leaves the type of its elements behind, and another that it is an array: nothing to rely on. */
function typeOf({ kind, isRest, metatype }: HubParameter): unknown {
  return kind === 'argument' && !isRest ? metatype : undefined;
}

function unlessNothing(step: Step): Step {
  return (value) => (value === undefined || value === null ? value : step(value));
}

/** @returns undefined for what is no date. */
function toDate(value: unknown): Date | undefined {
  if (types.isDate(value)) return value;
  const date = new Date(typeof value === 'string' && isDay(value) ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** JavaScript takes February 30 for March 1 or 2. */
function isDay(text: string): boolean {
  const [, year, month, day] = ISO_DATE.exec(text) ?? [];
  return Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

/** `Buffer.from` passes over whatever is no base64: only what it would write again was some. */
function toBytes(value: unknown): Uint8Array | undefined {
  if (types.isUint8Array(value)) return value;
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? new Uint8Array(bytes) : undefined;
}

function toBuffer(value: unknown): Buffer | undefined {
  const bytes = toBytes(value);
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What exactly does not fit is for the log: the client gets ASP.NET Core's sentence. */
function refuse({ position, metatype }: HubParameter, value: unknown): never {
  throw callErrors.argumentType(position, (metatype as { name: string }).name, value);
}
