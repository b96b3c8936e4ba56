import { describe, expect, it } from '@jest/globals';
import { Mailbox } from '../../lib/testing/mailbox.js';

const anything = (): boolean => true;
const is =
  (wanted: string) =>
  (item: string): boolean =>
    item === wanted;

describe('a mailbox', () => {
  it('keeps what arrives until somebody asks, and hands it out in order and once', async () => {
    const mailbox = new Mailbox<string>();
    for (const item of ['a', 'b', 'a']) mailbox.put(item);
    expect([await mailbox.take(anything), await mailbox.take(anything), await mailbox.take(anything)]).toEqual(['a', 'b', 'a']);
  });

  it('hands what arrives to who has waited longest for it', async () => {
    const mailbox = new Mailbox<string>();
    const waiting = [mailbox.take(anything), mailbox.take(anything)];
    mailbox.put('first');
    mailbox.put('second');
    expect(await Promise.all(waiting)).toEqual(['first', 'second']);
  });

  it('hands out what is wanted, and leaves the rest where it is', async () => {
    const mailbox = new Mailbox<string>();
    for (const item of ['a', 'b', 'c', 'b']) mailbox.put(item);
    expect(await mailbox.take(is('b'))).toBe('b');
    expect([await mailbox.take(anything), await mailbox.take(anything), await mailbox.take(anything)]).toEqual(['a', 'c', 'b']);
  });

  it('lets what arrives pass those who want something else', async () => {
    const mailbox = new Mailbox<string>();
    const waiting = [mailbox.take(is('x')), mailbox.take(is('y'))];
    mailbox.put('y');
    mailbox.put('z');
    mailbox.put('x');
    expect(await Promise.all(waiting)).toEqual(['x', 'y']);
    expect(await mailbox.take(anything)).toBe('z');
  });

  it('takes falsy things for things', async () => {
    const mailbox = new Mailbox<unknown>();
    for (const item of [undefined, null, 0, '']) mailbox.put(item);
    expect([await mailbox.take(anything), await mailbox.take(anything)]).toEqual([undefined, null]);
  });

  describe('into which nothing comes any more', () => {
    it('tells those who wait why, and those who come later', async () => {
      const mailbox = new Mailbox<string>();
      const waiting = [mailbox.take(is('a')), mailbox.take(is('b'))];
      mailbox.close(new Error('The connection has ended.'));
      for (const taking of [...waiting, mailbox.take(anything)]) await expect(taking).rejects.toThrow('The connection has ended.');
    });

    it('still hands out what had come before', async () => {
      const mailbox = new Mailbox<string>();
      mailbox.put('last words');
      mailbox.close(new Error('The connection has ended.'));
      await expect(mailbox.take(is('other'))).rejects.toThrow('The connection has ended.');
      expect(await mailbox.take(anything)).toBe('last words');
      await expect(mailbox.take(anything)).rejects.toThrow('The connection has ended.');
    });

    it('stays with the first reason', async () => {
      const mailbox = new Mailbox<string>();
      mailbox.close(new Error('first'));
      mailbox.close(new Error('second'));
      await expect(mailbox.take(anything)).rejects.toThrow('first');
    });
  });
});
