import { describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { nextTurn } from '../support/changes.js';
import { PhoenixPollHost } from '../support/phoenix-poll-host.js';
import { read } from '../support/phoenix-poller.js';

const GONE = { status: 410, token: null, messages: [] };

describe('A post to a session of long polling', () => {
  it.each(['["a"]\n["b"]', '["a"]\r\n["b"]\r\n', '\n\n["a"]\n\n["b"]'])('brings a message in each line: %j', async (body) => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    const exchange = post(body);
    expect([await read(exchange), exchange.status]).toEqual([{ status: 200 }, 200]);
    expect(handler.chunks.map(String).map((text) => text.trim())).toEqual(['["a"]', '["b"]']);
  });

  it('of another type is one message, whatever lines it has', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    await read(post('[\n"a"\n]', { headers: { 'content-type': 'application/json' } }));
    expect(handler.chunks.map(String)).toEqual(['[\n"a"\n]']);
  });

  it('brings bytes as base64', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    await read(post(`${Buffer.from([0, 10, 255]).toString('base64')}\n["a"]\n${Buffer.from([0, 1]).toString('base64')}`));
    expect(handler.chunks.map((chunk) => chunk.toString('hex'))).toEqual(['000aff', Buffer.from('["a"]').toString('hex'), '0001']);
  });

  it.each(['x', '['])('may be endless where nobody bounds it: %s', async (character) => {
    const host = new PhoenixPollHost({ maximumReceiveMessageSize: 0 });
    const { handler, post } = await host.open();
    expect(await read(post(character.repeat(8_000_000)))).toEqual({ status: 200 });
    expect(handler.chunks).toHaveLength(1);
  });

  it('with nothing in it is answered, and brings nothing', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    expect([await read(post('')), await read(post('\r\n\n')), handler.chunks]).toEqual([{ status: 200 }, { status: 200 }, []]);
  });

  it('A16: brings at most a hundred messages', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    const exchange = post('["a"]\n'.repeat(101));
    expect(await read(exchange)).toEqual({ status: 400, reason: 'A body holds at most 100 messages. Send the others in the next one.' });
    expect([exchange.status, handler.chunks]).toEqual([400, []]);
    expect(await read(post('["a"]\n'.repeat(100)))).toEqual({ status: 200 });
    expect(handler.chunks).toHaveLength(100);
  });

  it('A16: is no longer than a hundred messages may be', async () => {
    const host = new PhoenixPollHost({ maximumReceiveMessageSize: 10 });
    const { handler, post } = await host.open();
    expect((await post('x'.repeat(1_001)).answered()).status).toBe(413);
    expect((await post(`["${'x'.repeat(996)}"]`).answered()).status).toBe(200);
    expect([handler.bytes.length, host.store.size]).toEqual([1_000, 1]);
  });

  it('waits for the one before it, whichever body comes first', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    let arrive!: (body: string) => void;
    const first = post(new Promise<string>((resolve) => (arrive = resolve)));
    const second = post('["second"]');
    await nextTurn();
    expect(second.isRead).toBe(false);
    arrive('["first"]');
    await Promise.all([read(first), read(second)]);
    expect(handler.text).toBe('["first"]["second"]');
  });

  it('is read no further while its client is held back', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    handler.whenReceiving = () => handler.connection.pause();
    const exchange = post('["a"]\n["b"]');
    await nextTurn();
    expect([handler.text, exchange.status]).toEqual(['["a"]', undefined]);
    handler.connection.resume();
    await nextTurn();
    expect(handler.text).toBe('["a"]["b"]');
    expect(await read(exchange)).toEqual({ status: 200 });
  });

  it('is refused where a hundred wait', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    handler.connection.pause();
    const posts = Array.from({ length: 101 }, () => post('["a"]'));
    expect(await read(posts[100])).toEqual({ status: 429, reason: 'Too many posts wait already. Wait for their answers.' });
    handler.connection.resume();
    await Promise.all(posts.slice(0, 100).map(read));
    expect(handler.chunks).toHaveLength(100);
  });

  it('that ends the session is told so, and so are those that wait', async () => {
    const host = new PhoenixPollHost();
    const { handler, post } = await host.open();
    handler.whenReceiving = () => handler.connection.close(closeReason('failed', { error: new Error('unreadable') }));
    const posts = [post('x\ny'), post('["b"]')];
    expect(await Promise.all(posts.map(read))).toEqual([GONE, GONE]);
    expect([handler.text, posts[1].isRead]).toEqual(['x', false]);
  });
});
