import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { PostedBodies } from '../../lib/connections/transports/posted-bodies.js';
import { nextTurn, turns } from '../support/changes.js';

function opened(): { bodies: PostedBodies; read: () => string } {
  let text = '';
  return { bodies: new PostedBodies((bytes) => void (text += bytes.toString())), read: () => text };
}

describe('posted bodies', () => {
  it('are read one after the other, in the order in which they came', async () => {
    const { bodies, read } = opened();
    const [first, second] = [new PassThrough(), new PassThrough()];
    const outcomes = [bodies.take(first), bodies.take(second)];
    second.end('second');
    first.write('fir');
    await turns(3);
    expect(read()).toBe('fir');
    first.end('st ');
    expect(await Promise.all(outcomes)).toEqual(['read', 'read']);
    expect(read()).toBe('first second');
  });

  it('are not read while that is paused, and hold their senders back', async () => {
    const { bodies, read } = opened();
    bodies.pause();
    const body = new PassThrough({ highWaterMark: 10 });
    const outcome = bodies.take(body);
    expect(body.write('x'.repeat(10))).toBe(false);
    await turns(3);
    expect([read(), body.readableLength]).toEqual(['', 10]);
    body.end();
    bodies.resume();
    expect(await outcome).toBe('read');
    expect(read()).toBe('x'.repeat(10));
  });

  it('that break off make room for the next', async () => {
    const { bodies, read } = opened();
    const [first, second, third] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const outcomes = [first, second, third].map((body) => bodies.take(body));
    first.write('begun ');
    await nextTurn();
    second.destroy(new Error('gone before its turn'));
    first.destroy(new Error('gone'));
    third.end('whole');
    expect(await Promise.all(outcomes)).toEqual(['broken', 'broken', 'read']);
    expect(read()).toBe('begun whole');
  });

  it('that come when 1 000 are waiting are refused', async () => {
    const { bodies } = opened();
    const first = new PassThrough();
    const waiting = Array.from({ length: 1_001 }, (_, index) => bodies.take(index === 0 ? first : new PassThrough().end()));
    expect(await bodies.take(new PassThrough())).toBe('refused');
    first.end();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['read']));
    expect(await bodies.take(new PassThrough().end())).toBe('read');
  });

  it('are let go at the end, those that wait among them', async () => {
    const { bodies, read } = opened();
    const streams = [new PassThrough(), new PassThrough()];
    const outcomes = streams.map((body) => bodies.take(body));
    bodies.close();
    expect(await Promise.all(outcomes)).toEqual(['ended', 'ended']);
    streams[0].end('too late');
    await turns(3);
    expect(read()).toBe('');
    expect(await bodies.take(new PassThrough())).toBe('ended');
  });

  it('whose last words are the end are read to the end', async () => {
    const bodies: PostedBodies = new PostedBodies(() => bodies.close());
    expect(await bodies.take(new PassThrough().end('goodbye'))).toBe('read');
  });
});
