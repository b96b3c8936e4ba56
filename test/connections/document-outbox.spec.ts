import { beforeEach, describe, expect, it } from '@jest/globals';
import { Payload } from '../../lib/common/payload.js';
import { DocumentOutbox } from '../../lib/connections/document-outbox.js';
import { nextTurn } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';

describe('an outbox of documents', () => {
  let sink: FakeTransport & { cork?: () => void; uncork?: () => void };
  let outbox: DocumentOutbox;

  beforeEach(() => {
    sink = new FakeTransport();
    outbox = new DocumentOutbox(sink, { highWaterMark: 10, maximum: 100 });
  });

  it('writes nothing before the end of the turn, then each document for itself and in order', async () => {
    for (const document of ['a', Buffer.from('b'), new Payload('c'), 'd']) outbox.push(document);
    expect(sink.log).toEqual([]);
    await nextTurn();
    expect(sink.log).toEqual(['write a', 'write b', 'write shared c', 'write d']);
    await nextTurn();
    expect(sink.log).toHaveLength(4);
  });

  it('makes one piece of work of several documents, and takes no trouble with one', async () => {
    sink.cork = () => sink.log.push('cork');
    sink.uncork = () => sink.log.push('uncork');
    outbox.push('a');
    await nextTurn();
    outbox.push('b');
    outbox.push('c');
    await nextTurn();
    expect(sink.log).toEqual(['write a', 'cork', 'write b', 'write c', 'uncork']);
  });

  it('counts what waits, and keeps no more than its maximum', async () => {
    sink.isStuck = true;
    expect([outbox.push('x'.repeat(60)), outbox.backlog, outbox.isCongested]).toEqual([true, 60, true]);
    expect([outbox.push('x'.repeat(41)), outbox.push('x'.repeat(40)), outbox.backlog]).toEqual([false, true, 100]);
    await nextTurn();
    expect([outbox.backlog, sink.written.length]).toEqual([100, 2]);
  });

  it('writes at once when it is told to', () => {
    outbox.push('a');
    outbox.flush();
    expect(sink.log).toEqual(['write a']);
  });

  it('may be added to while it writes', async () => {
    let isFirst = true;
    sink.write = (data) => {
      sink.log.push(`write ${String(data)}`);
      if (isFirst) outbox.push('late');
      isFirst = false;
    };
    outbox.push('a');
    outbox.push('b');
    await nextTurn();
    await nextTurn();
    expect(sink.log).toEqual(['write a', 'write b', 'write late']);
  });
});
