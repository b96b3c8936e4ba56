import type { Replacer, ValueText } from '../common/json-values.js';

/**
 * Writes the values of messages as `JSON.stringify` does and no otherwise: `json({ convert: false })`.
 *
 * @internal
 */
export class PlainJsonValues implements ValueText {
  constructor(private readonly replacer?: Replacer) {}

  /** @throws TypeError for a value that contains itself or a `bigint`, and what `toJSON` or the replacer throws. */
  write(value: unknown): string {
    return JSON.stringify(value, this.replacer as (string | number)[]) ?? 'null';
  }

  writeAll(values: readonly unknown[]): string {
    return this.write(values);
  }
}
