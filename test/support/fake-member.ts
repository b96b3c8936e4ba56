import type { Payload } from '../../lib/common/payload.js';
import type { Member } from '../../lib/delivery/membership.js';
import type { Encoding } from '../../lib/delivery/prepared-message.js';

/** An encoding that marks what it has written, and counts how often it did. */
export class MarkingEncoding implements Encoding<string> {
  written: string[] = [];

  constructor(readonly mark: string) {}

  write(message: string): string {
    this.written.push(message);
    return `${this.mark}(${message})`;
  }
}

/** An encoding that can write nothing. */
export class FailingEncoding implements Encoding<string> {
  attempts = 0;

  write(): string {
    this.attempts++;
    throw new TypeError('It cannot be written.');
  }
}

/** A member that keeps what it is given. */
export class FakeMember implements Member<string> {
  readonly payloads: Payload[] = [];
  whenGiven: (payload: Payload) => void = () => undefined;

  readonly userIdentifier: string | undefined;

  constructor(
    readonly id: string,
    user?: string,
    public encoding: Encoding<string> = new MarkingEncoding('json'),
  ) {
    this.userIdentifier = user;
  }

  get backlog(): number {
    return 0;
  }

  /** What it was given, as text. */
  get heard(): string[] {
    return this.payloads.map(({ data }) => Buffer.from(data as string).toString());
  }

  deliver(payload: Payload): void {
    this.payloads.push(payload);
    this.whenGiven(payload);
  }
}
