import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SignalRError } from '../../lib/common/errors.js';
import { ChainCodec } from '../../lib/channels/dialects/chain.codec.js';
import type { JoinFrame } from '../../lib/channels/frames.js';
import { LeaveReason } from '../../lib/channels/leave-reason.js';

const codec = new ChainCodec();
const decode = (document: unknown): unknown =>
  codec.decode(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)));

describe('Frames of chain, read', () => {
  it.each([
    ['a join', [0, 3, 3, 'room:1', '_join', { a: 1 }], { kind: 'join', topic: 'room:1', ref: 3, joinRef: 3, args: [{ a: 1 }] }],
    ['a leave', [0, 3, 5, 'room:1', '_leave', {}], { kind: 'leave', topic: 'room:1', ref: 5, joinRef: 3 }],
    ['an event', [0, 3, 4, 'room:1', 'x', 'y'], { kind: 'event', topic: 'room:1', ref: 4, joinRef: 3, event: 'x', args: ['y'] }],
    ['one without a payload', [0, 3, 4, 't', 'x'], { kind: 'event', topic: 't', ref: 4, joinRef: 3, event: 'x', args: [{}] }],
    [
      'one that waits for no answer',
      [0, null, null, 't', 'x', 1],
      { kind: 'event', topic: 't', ref: null, joinRef: null, event: 'x', args: [1] },
    ],
    [
      'one with more than it needs',
      [0, 1, 2, 't', 'x', 1, 'more'],
      { kind: 'event', topic: 't', ref: 2, joinRef: 1, event: 'x', args: [1] },
    ],
    [
      'names of objects',
      [0, 1, 2, '__proto__', 'constructor', 1],
      { kind: 'event', topic: '__proto__', ref: 2, joinRef: 1, event: 'constructor', args: [1] },
    ],
  ])('%s', (_, frame, expected) => expect(decode(frame)).toEqual([expected]));

  it.each([
    '',
    'null',
    '{}',
    '[]',
    '[0',
    '[1,1,1,0]',
    '[2,"t","x"]',
    '["0",1,2,"t","x"]',
    '[0,1,2,"t"]',
    '[0,1,2,7,"x"]',
    '[0,1,2,"t",null]',
    '[0,{},2,"t","x"]',
    '[0,1,[],"t","x"]',
    '[0,1e400,2,"t","x"]',
    '[0,1,-1e400,"t","x"]',
    `[0,1,2,"t","x",${'['.repeat(70)}${']'.repeat(70)}]`,
  ])('is none of them: %s', (text) => expect(() => decode(text)).toThrow(/no frame|JSON|deeper/));
});

/** What becomes of a document: frames, or an error of ours. */
function outcomeOf(document: Buffer): unknown {
  try {
    return codec.decode(document);
  } catch (error) {
    return error instanceof SignalRError ? 'refused' : error;
  }
}

describe('Whatever a client sends', () => {
  it('is a frame or is refused', () => {
    const documents = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.array(fc.jsonValue(), { maxLength: 7 }).map((rest) => Buffer.from(JSON.stringify([0, ...rest]))),
    );
    fc.assert(fc.property(documents, (document) => expect([expect.any(Array), 'refused']).toContainEqual(outcomeOf(document))));
  });

  it('is read as it was meant', () => {
    const name = fc.string().filter((text) => text !== '_join' && text !== '_leave');
    fc.assert(
      fc.property(fc.nat(), fc.nat(), name, name, fc.jsonValue(), (joinRef, ref, topic, event, payload) => {
        // What JSON cannot carry, such as -0, and what is left out of it on purpose.
        const carried = JSON.parse(JSON.stringify(payload).replaceAll('"__proto__"', '"proto"')) as unknown;
        expect(decode([0, joinRef, ref, topic, event, carried])).toEqual([{ kind: 'event', topic, ref, joinRef, event, args: [carried] }]);
      }),
    );
  });
});

describe('Frames of chain, written', () => {
  const frame: JoinFrame = { kind: 'join', topic: 'room:1', ref: 4, joinRef: 3, args: [] };
  const target = { topic: 'room:1', joinRef: 3 };

  it.each([
    ['a reply', codec.reply(frame, 'ok', { a: 1 }), '[1,3,4,0,{"a":1}]'],
    ['a refusal', codec.reply(frame, 'error', { reason: 'full' }), '[1,3,4,1,{"reason":"full"}]'],
    ['a reply that says nothing', codec.reply(frame, 'ok', undefined), '[1,3,4,0]'],
    ['a reply that is null', codec.reply(frame, 'ok', null), '[1,3,4,0]'],
    ['a reply that is false', codec.reply(frame, 'ok', false), '[1,3,4,0,false]'],
    ['a reply about no join', codec.reply({ ...frame, joinRef: null }, 'error', {}), '[1,0,4,1,{}]'],
    ['a reply to a name', codec.reply({ ...frame, ref: 'a"b' }, 'ok', {}), '[1,3,"a\\"b",0,{}]'],
    ['no reply', codec.reply({ ...frame, ref: null }, 'ok', {}), undefined],
    ['a push', codec.push(target, 'x', [{ a: 'ü' }]), '[0,3,0,"room:1","x",{"a":"ü"}]'],
    ['a push of nothing', codec.push(target, 'x', []), '[0,3,0,"room:1","x"]'],
    ['several arguments', codec.push(target, 'x', [1, 2]), '[0,3,0,"room:1","x",[1,2]]'],
    ['bytes', codec.push(target, 'x', [Buffer.from('hi')]), '[0,3,0,"room:1","x","aGk="]'],
    ['a broadcast', codec.write({ topic: 'a"b', event: 'x', args: [1] } as never), '[2,"a\\"b","x",1]'],
    ['a broadcast of bytes', codec.write({ topic: 't', event: 'x', args: [new Uint8Array([1]).buffer] } as never), '[2,"t","x","AQ=="]'],
    ['a broadcast of nothing', codec.write({ topic: 't', event: 'x', args: [] } as never), '[2,"t","x"]'],
    ['the end of a join by another', codec.close(target, LeaveReason.Rejoin, { ...frame, joinRef: 4 }), '[0,3,3,"room:1","_close"]'],
    ['nothing of a join by the same again', codec.close(target, LeaveReason.Rejoin, frame), undefined],
    ['nothing of the end by a leave', codec.close(target, LeaveReason.Leave, { ...frame, kind: 'leave' }), undefined],
    ['the end that the server has brought about', codec.close(target, LeaveReason.Leave), '[0,3,3,"room:1","_close"]'],
    ['the end of a topic', codec.close(target, LeaveReason.Close), '[0,3,3,"room:1","_close"]'],
    ['a crash', codec.crash(target), '[0,3,0,"room:1","_error",{"reason":"channel crashed"}]'],
  ])('%s', (_, written, expected) => expect(written).toBe(expected));
});
