import 'reflect-metadata';

/**
 * What a compiler makes of a decorated method: these files run as they are, so that starting a server measures no compiler.
 *
 * @param types - what the compiler would write as `design:paramtypes`.
 * @param parameters - a decorator, or nothing, for each parameter.
 */
export function decorateMethod({ prototype }, name, { decorators, types, parameters = [] }) {
  Reflect.defineMetadata('design:paramtypes', types, prototype, name);
  parameters.forEach((decorator, index) => decorator?.(prototype, name, index));
  for (const decorator of decorators) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, decorator(prototype, name, descriptor) ?? descriptor);
  }
}

/** The same of a class and of its constructor's parameters. */
export function decorateClass(type, { decorators, types = [], parameters = [] }) {
  Reflect.defineMetadata('design:paramtypes', types, type);
  parameters.forEach((decorator, index) => decorator?.(type, undefined, index));
  for (const decorator of decorators) decorator(type);
}
