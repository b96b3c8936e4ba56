import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LeaveReason, type EventFrame } from 'nestjs-signalr';
import { PhoenixV1Codec } from '../../lib/channels/dialects/phoenix.v1.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';

const v1 = new PhoenixV1Codec();
const v2 = new PhoenixV2Codec();
const target = { topic: 'room:1', joinRef: '3' };
const event = { kind: 'event', topic: 'room:1', event: 'say', ref: '7', joinRef: '3', args: [] } as const;
const all = (...args: unknown[]) => ({ isShared: true, topic: 'room:1', event: 'said', args });

describe("version 2 of Phoenix' serializer", () => {
  it.each<[string, string, object]>([
    ['a join', '["1","1","room:1","phx_join",{"a":1}]', { kind: 'join', joinRef: '1', ref: '1', topic: 'room:1', args: [{ a: 1 }] }],
    ['a leave', '["1","2","room:1","phx_leave",{}]', { kind: 'leave', joinRef: '1', ref: '2', topic: 'room:1' }],
    ['an event', '["1","3","room:1","say",[1]]', { kind: 'event', event: 'say', joinRef: '1', ref: '3', args: [[1]] }],
    ['an event without refs', '[null,null,"room:1","say",null]', { kind: 'event', joinRef: null, ref: null, args: [null] }],
    ['refs that are numbers', '[1,2,"room:1","say",{}]', { kind: 'event', joinRef: 1, ref: 2 }],
    ['no payload', '["1","3","room:1","say"]', { kind: 'event', args: [{}] }],
    ['more than it knows', '["1","3","room:1","say",{},"more"]', { kind: 'event', args: [{}] }],
    ['a heartbeat', '[null,"5","phoenix","heartbeat",{}]', { kind: 'heartbeat', ref: '5', topic: 'phoenix' }],
  ])('reads %s', (_, document, frame) => expect(v2.decode(Buffer.from(document), false)).toMatchObject([frame]));

  it('reads a push of bytes', () => {
    const document = Buffer.from('\u0000\u0001\u0002\u0006\u0003312room:1raw\u0001ÿ', 'latin1');
    expect(v2.decode(document, true)).toEqual([
      { kind: 'event', joinRef: '3', ref: '12', topic: 'room:1', event: 'raw', args: [Buffer.from([1, 255])] },
    ]);
  });

  it.each([
    ['a number that is too large to be one, in version 1', v1, Buffer.from('{"topic":"t","event":"e","payload":{},"ref":1e400}')],
    ['such a number in version 2', v2, Buffer.from('["1",-1e400,"t","e",{}]')],
  ])('refuses what no answer could name: %s', (_, codec, document) => {
    expect(() => codec.decode(document, false)).toThrow('This is no frame.');
  });

  it('reads names in bytes that are no UTF-8 as older clients write them, a byte for each character', () => {
    const document = Buffer.from('\u0000\u0001\u0001\u0006\u000337room:\u00e9raw', 'latin1');
    expect(v2.decode(document, true)).toMatchObject([{ joinRef: '3', ref: '7', topic: 'room:é', event: 'raw' }]);
  });

  it('keeps the bytes of a push when the document is gone', () => {
    const document = Buffer.from('\u0000\u0000\u0000\u0001\u0001tead', 'latin1');
    const [frame] = v2.decode(document, true);
    document.fill(0);
    expect(frame).toMatchObject({ ref: null, joinRef: null, topic: 't', event: 'e', args: [Buffer.from('ad')] });
  });

  it.each<[string, string | Uint8Array | undefined, unknown]>([
    ['a reply', v2.reply(event, 'ok', { a: 1 }), ['3', '7', 'room:1', 'phx_reply', { status: 'ok', response: { a: 1 } }]],
    ['a reply of nothing', v2.reply(event, 'error', undefined), ['3', '7', 'room:1', 'phx_reply', { status: 'error', response: {} }]],
    ['a push', v2.push(target, 'said', [{ a: 1 }]), ['3', null, 'room:1', 'said', { a: 1 }]],
    ['a push of several arguments', v2.push(target, 'said', [1, 2]), ['3', null, 'room:1', 'said', [1, 2]]],
    ['a broadcast', v2.write(all({ a: 1 })), [null, null, 'room:1', 'said', { a: 1 }]],
    ['a broadcast of nothing', v2.write(all()), [null, null, 'room:1', 'said', {}]],
    [
      'values beyond JSON',
      v2.write(all({ at: new Date(0), map: new Map([['a', 1n]]) })),
      [null, null, 'room:1', 'said', { at: '1970-01-01T00:00:00.000Z', map: { a: 1 } }],
    ],
    ['the close of a topic', v2.close(target, LeaveReason.Close), ['3', '3', 'room:1', 'phx_close', {}]],
    ['the crash of a topic', v2.crash(target), ['3', '3', 'room:1', 'phx_error', { reason: 'channel_crash' }]],
  ])('writes %s', (_, document, frame) => expect(JSON.parse(String(document))).toEqual(frame));

  it.each<[string, string | Uint8Array | undefined, string]>([
    ['a reply', v2.reply(event, 'ok', Buffer.from('x')), '\u0001\u0001\u0001\u0006\u000237room:1okx'],
    ['a push', v2.push(target, 'said', [Buffer.from('x')]), '\u0000\u0001\u0006\u00043room:1saidx'],
    ['a broadcast', v2.write(all(new Uint8Array([120]).buffer)), '\u0002\u0006\u0004room:1saidx'],
  ])('writes %s of bytes', (_, document, bytes) => expect(Buffer.from(document as Uint8Array).toString('latin1')).toBe(bytes));

  it('does not write bytes behind a name that is too long for them', () => {
    expect(() => v2.write({ ...all(Buffer.from('x')), event: 'ä'.repeat(128) })).toThrow(
      'A binary message has room for 255 bytes of event',
    );
    expect(() => v2.write({ ...all({}), event: 'ä'.repeat(128) })).not.toThrow();
  });

  it('reads again what clients write, whatever they say', () => {
    const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !text.startsWith('phx_'));
    fc.assert(
      fc.property(
        name,
        name,
        fc.option(fc.string()),
        fc.option(fc.string()),
        fc.jsonValue({ maxDepth: 4 }),
        (topic, said, joinRef, ref, payload) => {
          const [frame] = v2.decode(Buffer.from(JSON.stringify([joinRef, ref, topic, said, payload])), false);
          expect(frame).toMatchObject({ kind: 'event', topic, event: said, joinRef, ref });
          expect(JSON.stringify((frame as EventFrame).args[0])).toBe(JSON.stringify(withoutProto(payload)));
        },
      ),
    );
  });

  /** Such a key is dropped wherever it stands. */
  function withoutProto(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === '__proto__' ? undefined : inner));
  }
});

describe("version 1 of Phoenix' serializer", () => {
  it.each<[string, object, object]>([
    ['a join', { topic: 'room:1', event: 'phx_join', payload: { a: 1 }, ref: '1' }, { kind: 'join', ref: '1', args: [{ a: 1 }] }],
    [
      'an event',
      { topic: 'room:1', event: 'say', payload: 7, ref: '2', join_ref: '1' },
      { kind: 'event', ref: '2', joinRef: '1', args: [7] },
    ],
    ['an event without a ref', { topic: 'room:1', event: 'say', payload: {} }, { kind: 'event', ref: null, joinRef: undefined }],
    ['a heartbeat', { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '9' }, { kind: 'heartbeat', ref: '9' }],
  ])('reads %s', (_, message, frame) => expect(v1.decode(Buffer.from(JSON.stringify(message)))).toMatchObject([frame]));

  it.each<[string, string | undefined, object]>([
    [
      'a reply',
      v1.reply(event, 'ok', { a: 1 }),
      { topic: 'room:1', event: 'phx_reply', payload: { status: 'ok', response: { a: 1 } }, ref: '7' },
    ],
    ['a push', v1.push(target, 'said', [1]), { topic: 'room:1', event: 'said', payload: 1, ref: null }],
    ['a broadcast of bytes', v1.write(all(Buffer.from('x'))), { topic: 'room:1', event: 'said', payload: 'eA==', ref: null }],
    ['the close of a topic', v1.close(target, LeaveReason.Close), { topic: 'room:1', event: 'phx_close', payload: {}, ref: '3' }],
    ['the crash of a topic', v1.crash(target), { topic: 'room:1', event: 'phx_error', payload: { reason: 'channel_crash' }, ref: '3' }],
  ])('writes %s', (_, document, message) => expect(JSON.parse(String(document))).toEqual(message));
});

describe('reasons to leave', () => {
  it('are texts that can be compared', () => {
    const reason: LeaveReason = LeaveReason.Leave;
    expect([reason, LeaveReason.Rejoin, LeaveReason.Close]).toEqual(['leave', 'rejoin', 'close']);
  });
});

describe('a close that a client would take for that of its next join', () => {
  const rejoin = { kind: 'join', topic: 'room:1', ref: '4', joinRef: '4', args: [] } as const;

  it.each([
    ['1', v1],
    ['2', v2],
  ])('is not said in version %s', (_, codec) => {
    for (const joinRef of [null, undefined]) expect(codec.close({ topic: 'room:1', joinRef }, LeaveReason.Rejoin, rejoin)).toBeUndefined();
    expect(codec.close(target, LeaveReason.Rejoin, rejoin)).toBeDefined();
  });

  it('is not said in version 2 where the server had joined, nor that something went wrong', () => {
    const joinedByServer = { topic: 'room:1', joinRef: undefined };
    expect([v2.close(joinedByServer, LeaveReason.Close), v2.crash(joinedByServer)]).toEqual([undefined, undefined]);
  });
});
