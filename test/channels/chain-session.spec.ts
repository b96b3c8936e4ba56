import { describe, expect, it } from '@jest/globals';
import { ChainHost } from '../support/chain-host.js';
import { nextTurn } from '../support/changes.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';

const URL = '/chain/sse?sid=tab';

/** Says something to all who listen, and lets it go out. */
async function say(handler: RecordingHandler, ...texts: string[]): Promise<void> {
  for (const text of texts) handler.connection.send(JSON.stringify(text));
  await nextTurn();
}

describe('A session of chain', () => {
  it('goes on when its client comes back, with what was said meanwhile', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    await say(handler, 'read');
    stream.lose();
    await nextTurn();
    await say(handler, 'one', 'two');
    const again = await host.open(URL, { headers });
    expect(again.exchange.answerHeaders['X-Chain-Session']).toBe('resumed');
    expect(again.stream.messages).toEqual(['one', 'two']);
    await say(handler, 'three');
    expect(again.stream.messages).toEqual(['one', 'two', 'three']);
    expect(host.endpoint.handlers).toHaveLength(1);
  });

  it.each(['header', 'query'])('says again what was written and not read, where the client says how far it has read: %s', async (where) => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    await say(handler, 'one');
    const { lastEventId } = stream;
    await say(handler, 'two', 'three');
    stream.lose();
    await nextTurn();
    const again =
      where === 'header'
        ? await host.open(URL, { headers: { ...headers, 'last-event-id': lastEventId } })
        : await host.open(`${URL}&lastEventId=${lastEventId}`, { headers });
    expect(again.stream.messages).toEqual(['two', 'three']);
    expect(again.stream.text.startsWith(`retry: 1000\nid: ${lastEventId}\n\ndata: `)).toBe(true);
  });

  it('says all again to who has read nothing of it but something of an earlier one', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    await say(await host.endpoint.next(), 'one');
    stream.lose();
    await nextTurn();
    const again = await host.open(URL, { headers: { ...headers, 'last-event-id': 'earlier.7' } });
    expect(again.stream.messages).toEqual(['one']);
  });

  it('ends where something is missing, and another begins', async () => {
    const host = new ChainHost({ resumeQueue: 2 });
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    const { lastEventId } = stream;
    await say(handler, 'one', 'two', 'three');
    stream.lose();
    await nextTurn();
    const again = await host.open(URL, { headers: { ...headers, 'last-event-id': lastEventId } });
    expect(again.exchange.answerHeaders['X-Chain-Session']).toBe('new');
    expect(handler.transportEnds[0].error?.message).toMatch(/cannot go on/);
    expect([again.stream.messages, host.store.size]).toEqual([[], 1]);
  });

  it('ends when more waits than may', async () => {
    const host = new ChainHost({ resumeQueue: 2 });
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    stream.lose();
    await nextTurn();
    await say(handler, 'one', 'two');
    expect(handler.transportEnds).toEqual([]);
    await say(handler, 'three');
    expect(handler.transportEnds[0].error?.message).toMatch(/2 messages.*resumeQueue/);
  });

  it('ends when more bytes wait than outbox.maximum', async () => {
    const host = new ChainHost({}, { outbox: { maximum: 1_000 } });
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    stream.lose();
    await nextTurn();
    await say(handler, 'x'.repeat(900));
    await say(handler, 'x'.repeat(900));
    expect(handler.endedFor[0].error?.message).toMatch(/outbox\.maximum/);
  });

  it('ends when the client stays away', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    stream.lose();
    await nextTurn();
    await host.clock.advance(14_000);
    expect(handler.transportEnds).toEqual([]);
    await host.clock.advance(2_000);
    expect(handler.transportEnds).toMatchObject([{ code: 'transport-closed' }]);
    expect((await host.open(URL, { headers })).exchange.answerHeaders['X-Chain-Session']).toBe('new');
  });

  it('lives as long as the stream that came last, and tells the one before to leave it alone', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    const again = await host.open(URL, { headers });
    expect([stream.state, stream.text.endsWith('\n\n: replaced\n\n')]).toEqual(['ended', true]);
    await host.clock.advance(60_000);
    await say(handler, 'one');
    expect([handler.transportEnds, again.stream.messages]).toEqual([[], ['one']]);
  });

  it('cuts a stream that has made way, where its client does not take the rest', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    stream.end = () => undefined;
    await host.open(URL, { headers });
    await host.clock.advance(10_000);
    expect(stream.state).toBe('destroyed');
  });

  it('gives up a stream whose client takes nothing, and waits for the next one', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    stream.bufferedAmount = 100;
    await host.clock.advance(11_000);
    expect(stream.state).toBe('destroyed');
    expect((await host.open(URL, { headers })).exchange.answerHeaders['X-Chain-Session']).toBe('resumed');
  });

  it('is one for each tab', async () => {
    const host = new ChainHost();
    const { headers } = await host.open('/chain/sse?sid=one');
    const second = await host.open('/chain/sse?sid=two', { headers });
    const again = await host.open('/chain/sse?sid=one', { headers: second.headers });
    expect([second, again].map(({ exchange }) => exchange.answerHeaders['X-Chain-Session'])).toEqual(['new', 'resumed']);
  });

  it('H05, H06: is not given to another user, and not disturbed', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open(URL, { user: 'ada' });
    const other = await host.open(URL, { headers, user: 'eve' });
    expect([other.exchange.answerHeaders['X-Chain-Session'], stream.state, host.store.size]).toEqual(['new', 'open', 2]);
  });

  it('lets those go on who wait until there is room', async () => {
    const host = new ChainHost({}, { outbox: { highWaterMark: 10 } });
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    stream.bufferedAmount = 100;
    const room = handler.connection.room();
    await nextTurn();
    stream.lose();
    await nextTurn();
    await host.open(URL, { headers });
    await room;
    expect(handler.connection.room()).toBeUndefined();
  });
});
