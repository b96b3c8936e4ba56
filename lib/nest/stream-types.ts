import type { Type } from '@nestjs/common';
import { isObservable, Observable, ReplaySubject, Subject } from 'rxjs';
import { UploadStream } from './decorators/parameter.decorators.js';

/** What says nothing: the compiler leaves it behind for interfaces, unions, and whatever is no class. `UploadStream` is a type as well. */
const silent: readonly unknown[] = [undefined, Object, UploadStream];

const streams: readonly unknown[] = [Observable, Subject, ReplaySubject];
const names = ['Observable', 'Subject', 'ReplaySubject'];

/** Whether it is a class of streams; by shape as well, for the application's rxjs may be another copy than ours. */
export function isStreamType(type: unknown): boolean {
  if (typeof type !== 'function') return false;
  return type === Observable || type.prototype instanceof Observable || isObservable(type.prototype);
}

/** Whether an upload has all that a parameter of this type promises: a BehaviorSubject has a value before anything came. */
export function isServedAsStream(type: unknown): boolean {
  return silent.includes(type) || streams.includes(type) || (isStreamType(type) && names.includes((type as Type).name));
}

/** By name first: Node loads its web streams when somebody asks for one of their classes, which takes 2 ms of a start. */
export function isReadableStream(type: unknown): boolean {
  return (type as Type | undefined)?.name === 'ReadableStream' && type === ReadableStream;
}
