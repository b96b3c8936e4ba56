import { describe, expect, it } from '@jest/globals';
import { Upload, type Backlog } from '../../lib/hubs/upload.js';

/** A backlog whose client goes on at once where room is made for it, in the midst of whatever made it. */
class EagerBacklog implements Backlog {
  readonly capacity = 2;
  bytes = 0;
  /** What the client does then, once. */
  goOn: (() => void) | undefined;

  now(): number {
    return 0;
  }

  count(bytes: number): void {
    this.bytes += bytes;
    if (bytes >= 0) return;
    const { goOn } = this;
    this.goOn = undefined;
    goOn?.();
  }

  caught(error: unknown): void {
    throw error;
  }
}

function uploadOf(count: number): { upload: Upload; backlog: EagerBacklog } {
  const backlog = new EagerBacklog();
  const upload = new Upload(backlog);
  for (let item = 1; item <= count; item++) upload.receive(item, 10);
  return { upload, backlog };
}

describe('an upload whose client goes on while room is made for it', () => {
  it('hands over what comes meanwhile after what came before, and its end last of all', () => {
    const { upload, backlog } = uploadOf(4);
    const seen: unknown[] = [];
    backlog.goOn = () => {
      upload.receive(5, 10);
      upload.end();
    };
    upload.subscribe({ next: (item: unknown) => void seen.push(item), complete: () => void seen.push('end') } as never);
    expect(seen).toEqual([1, 2, 3, 4, 5, 'end']);
    expect(backlog.bytes).toBe(0);
  });

  it.each<[string, (upload: Upload) => unknown]>([
    ['it is cut', (upload) => upload.cut()],
    ['it is given up', (upload) => upload.cut(new Error('too late'))],
    ['its only loop leaves', (upload) => upload[Symbol.asyncIterator]().return?.()],
    ['its only subscriber leaves', (upload) => upload.subscribe().unsubscribe()],
  ])('counts nothing any more once %s', (_, act) => {
    const { upload, backlog } = uploadOf(9);
    expect(backlog.bytes).toBeGreaterThan(0);
    backlog.goOn = () => upload.receive('more', 10);
    act(upload);
    expect(backlog.bytes).toBe(0);
  });
});
