import type { CloseReason } from '../../lib/common/close-reason.js';
import type { Payload } from '../../lib/common/payload.js';
import type { Transport } from '../../lib/connections/transport.js';

/** A transport that carries nothing and notes what it is told, in one list with whatever else the test notes there. */
export class FakeTransport implements Transport {
  readonly name = 'WebSockets';
  bufferedAmount = 0;
  /** Whether what is written stays in the buffer. */
  isStuck = false;
  readonly written: (string | Uint8Array)[] = [];
  readonly shared: Payload[] = [];
  readonly closedFor: CloseReason[] = [];

  constructor(readonly log: string[] = []) {}

  /** Calls back whoever waits, once. */
  drain: () => void = () => undefined;

  onceDrained(callback: () => void): void {
    this.drain = callback;
  }

  write(data: string | Uint8Array): void {
    this.written.push(data);
    if (this.isStuck) this.bufferedAmount += data.length;
    this.log.push(`write ${Buffer.from(data).toString()}`);
  }

  writeShared(payload: Payload): void {
    this.shared.push(payload);
    if (this.isStuck) this.bufferedAmount += payload.data.length;
    this.log.push(`write shared ${Buffer.from(payload.data).toString()}`);
  }

  setFormat(format: 'text' | 'binary'): void {
    this.log.push(`format ${format}`);
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  close(reason: CloseReason): void {
    this.closedFor.push(reason);
    this.log.push(`transport closes for ${reason.code}`);
  }
}
