import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';

/** A pipe that appends its name to what is a text, and keeps what it was told of the argument. */
export class Mark implements PipeTransform {
  static metadata: ArgumentMetadata[] = [];

  constructor(private readonly name: string) {}

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    Mark.metadata.push(metadata);
    return typeof value === 'string' ? `${value} ${this.name}` : value;
  }
}
