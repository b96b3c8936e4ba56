import { describe, expect, it } from '@jest/globals';
import { PreparedMessage } from '../../lib/delivery/prepared-message.js';
import { thrownBy } from '../protocol/wire.js';
import { FailingEncoding, MarkingEncoding } from '../support/fake-member.js';

describe('a prepared message', () => {
  it('is not encoded before somebody needs it', () => {
    const json = new MarkingEncoding('json');
    const message = new PreparedMessage('hello');
    expect(message.message).toBe('hello');
    expect(json.written).toEqual([]);
    expect(message.payloadFor(json).data).toBe('json(hello)');
    expect(json.written).toEqual(['hello']);
  });

  it('is encoded once per encoding, however many ask and in whichever order', () => {
    const encodings = ['json', 'messagepack', 'phoenix', 'chain'].map((mark) => new MarkingEncoding(mark));
    const message = new PreparedMessage('hello');
    const payloads = encodings.map((encoding) => message.payloadFor(encoding));
    for (let round = 0; round < 10; round++) {
      for (const [index, encoding] of [...encodings.entries()].reverse()) expect(message.payloadFor(encoding)).toBe(payloads[index]);
    }
    expect(payloads.map(({ data }) => data)).toEqual(['json(hello)', 'messagepack(hello)', 'phoenix(hello)', 'chain(hello)']);
    for (const { written } of encodings) expect(written).toHaveLength(1);
  });

  it('tells two encodings of the same name apart', () => {
    const message = new PreparedMessage('hello');
    const [one, other] = [new MarkingEncoding('json'), new MarkingEncoding('json')];
    expect(message.payloadFor(one)).not.toBe(message.payloadFor(other));
    expect(other.written).toHaveLength(1);
  });

  it('says each time that it cannot be encoded, and is encoded for the others all the same', () => {
    const failing = new FailingEncoding();
    const json = new MarkingEncoding('json');
    const message = new PreparedMessage('hello');
    for (let round = 0; round < 2; round++) {
      expect(thrownBy(() => message.payloadFor(failing))).toBeInstanceOf(TypeError);
      expect(message.payloadFor(json).data).toBe('json(hello)');
    }
    expect(failing.attempts).toBe(2);
    expect(json.written).toHaveLength(1);
  });

  it('fails for the second encoding without harming the first', () => {
    const failing = new FailingEncoding();
    const json = new MarkingEncoding('json');
    const message = new PreparedMessage('hello');
    const payload = message.payloadFor(json);
    expect(thrownBy(() => message.payloadFor(failing))).toBeInstanceOf(TypeError);
    expect(message.payloadFor(json)).toBe(payload);
  });
});
