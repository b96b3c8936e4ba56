import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SignalRError, type ChannelFrame, type EventFrame } from 'nestjs-signalr';
import { fitsBytes } from '../../lib/channels/dialects/realtime.binary.js';
import { RealtimeCodec } from '../../lib/channels/dialects/realtime.codec.js';

const codec = new RealtimeCodec();
const BYTES = Buffer.from([0, 255, 1]);

interface Parts {
  joinRef?: string;
  ref?: string;
  topic?: string;
  event?: string;
  metadata?: string;
}

/** `03 | jl rl tl el ml enc | join_ref ref topic userEvent metadata | payload`, as realtime-js writes it. */
function pushed({ joinRef = '1', ref = '2', topic = 't', event = 'e', metadata = '' }: Parts, encoding: number, payload: Buffer): Buffer {
  const texts = [joinRef, ref, topic, event, metadata].map((text) => Buffer.from(text));
  return Buffer.concat([Buffer.from([3, ...texts.map(({ length }) => length), encoding]), ...texts, payload]);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const read = (document: Buffer): ChannelFrame => codec.decode(document, true)[0];

const broadcast = (event: string, payload: unknown, more: object = {}) => ({
  isShared: true,
  topic: 'realtime:a',
  event: 'broadcast',
  args: [{ type: 'broadcast', event, payload, ...more }],
});

/** `04 | tl el ml enc | topic userEvent metadata | payload`, as realtime-js reads it. */
function told(document: Buffer): object {
  const [kind, topic, event, metadata, encoding] = document;
  const [topicEnd, eventEnd] = [5 + topic, 5 + topic + event];
  const names = { topic: document.toString('utf8', 5, topicEnd), event: document.toString('utf8', topicEnd, eventEnd) };
  const end = eventEnd + metadata;
  return { kind, ...names, metadata: document.toString('utf8', eventEnd, end), encoding, payload: document.subarray(end) };
}

describe('broadcasts of realtime-js', () => {
  it('are read with JSON', () => {
    const document = pushed({ topic: 'realtime:a', event: 'cursor' }, 1, json({ x: 1 }));
    const args = [{ type: 'broadcast', event: 'cursor', payload: { x: 1 } }];
    expect(read(document)).toEqual({ kind: 'event', joinRef: '1', ref: '2', topic: 'realtime:a', event: 'broadcast', args });
  });

  it('are read with bytes, which stay when the document is gone', () => {
    const document = pushed({}, 0, BYTES);
    const frame = read(document);
    document.fill(0);
    expect(frame).toMatchObject({ args: [{ type: 'broadcast', event: 'e', payload: BYTES }] });
  });

  it('are read with metadata and without refs', () => {
    const frame = read(pushed({ joinRef: '', ref: '', metadata: '{"id":7}' }, 1, json(null)));
    expect(frame).toMatchObject({ joinRef: null, ref: null, args: [{ payload: null, meta: { id: 7 } }] });
  });

  it('are read with names of one byte a character, as realtime-js writes them', () => {
    const document = Buffer.concat([Buffer.from([3, 0, 0, 4, 1, 0, 1]), Buffer.from('cafée', 'latin1'), json({})]);
    expect(read(document)).toMatchObject({ topic: 'café', args: [{ event: 'e' }] });
  });

  it('are read again whatever they say', () => {
    const name = fc.string({ maxLength: 60, unit: 'grapheme' }).filter((text) => Buffer.byteLength(text) < 256);
    fc.assert(
      fc.property(name, name, name, fc.uint8Array(), (ref, topic, event, payload) => {
        const frame = read(pushed({ ref, topic, event }, 0, Buffer.from(payload))) as EventFrame;
        expect([frame.ref, frame.topic]).toEqual([ref || null, topic]);
        expect(frame.args).toEqual([{ type: 'broadcast', event, payload: Buffer.from(payload) }]);
      }),
    );
  });

  it.each<[string, Buffer]>([
    ['nothing but its kind', Buffer.from([3])],
    ['too few lengths', Buffer.from([3, 0, 0, 0, 0, 0])],
    ['lengths beyond its end', Buffer.from([3, 255, 255, 255, 255, 255, 0])],
    ['one byte less than its lengths say', pushed({}, 0, Buffer.alloc(0)).subarray(0, -1)],
    ['an encoding that nobody knows', pushed({}, 2, BYTES)],
    ['JSON that is none', pushed({}, 1, BYTES)],
    ['no JSON', pushed({}, 1, Buffer.alloc(0))],
    ['JSON that is nested too deep', pushed({}, 1, Buffer.from('['.repeat(500)))],
    ['metadata that is no JSON', pushed({ metadata: '{' }, 1, json({}))],
  ])('are not read with %s', (_, document) => expect(() => read(document)).toThrow(SignalRError));

  it('never throw anything but an error for people, whatever the bytes', () => {
    const attempt = (bytes: Uint8Array): unknown => {
      try {
        return codec.decode(Buffer.from([3, ...bytes]), true);
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const outcome = attempt(bytes);
        expect(Array.isArray(outcome) || outcome instanceof SignalRError).toBe(true);
      }),
    );
  });
});

describe('what realtime-js is told', () => {
  it('is text where it is JSON', () => {
    const [said] = broadcast('cursor', { x: 1 }).args;
    expect(JSON.parse(String(codec.write(broadcast('cursor', { x: 1 }))))).toEqual([null, null, 'realtime:a', 'broadcast', said]);
  });

  it('is bytes where the payload is bytes, said to all or to one', () => {
    const { args } = broadcast('raw', BYTES, { meta: { id: 1 } });
    const frame = { kind: 4, topic: 'realtime:a', event: 'raw', metadata: '{"id":1}', encoding: 0, payload: BYTES };
    expect(told(codec.write(broadcast('raw', BYTES, { meta: { id: 1 } })) as Buffer)).toEqual(frame);
    expect(told(codec.push({ topic: 'realtime:a', joinRef: '1' }, 'broadcast', args) as Buffer)).toEqual(frame);
  });

  it.each<[string, object]>([
    ['other events', { ...broadcast('raw', BYTES), event: 'other' }],
    ['broadcasts of another form', { ...broadcast('raw', BYTES), args: [{ payload: BYTES }] }],
    ['bytes deeper down', broadcast('raw', { bytes: BYTES })],
  ])('is text for %s', (_, message) => expect(codec.write(message as ReturnType<typeof broadcast>)).toEqual(expect.any(String)));

  it('is read by it as it was meant', () => {
    const name = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' });
    fc.assert(
      fc.property(name, name, fc.uint8Array(), (topic, event, payload) => {
        const said = { type: 'broadcast', event, payload: Buffer.from(payload) } as const;
        fc.pre(fitsBytes(topic, said));
        const document = codec.write({ isShared: true, topic, event: 'broadcast', args: [said] }) as Buffer;
        expect(told(document)).toEqual({ kind: 4, topic, event, metadata: '', encoding: 0, payload: said.payload });
      }),
    );
  });

  it('does not fit into bytes with a name of more than 255 of them', () => {
    const said = { type: 'broadcast', event: 'ä'.repeat(128), payload: BYTES } as const;
    expect(fitsBytes('t', said)).toBe(false);
    expect(() => codec.write({ ...broadcast('', ''), args: [said] })).toThrow('A binary message has room for 255 bytes of event');
  });
});
