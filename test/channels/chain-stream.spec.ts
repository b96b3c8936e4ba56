import { describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { ChainHost } from '../support/chain-host.js';
import { nextTurn } from '../support/changes.js';
import type { RecordingHandler } from '../support/recording-endpoint.js';

const URL = '/chain/sse?sid=tab';

/** Says something to all who listen, and lets it go out. */
async function say(handler: RecordingHandler, ...texts: string[]): Promise<void> {
  for (const text of texts) handler.connection.send(JSON.stringify(text));
  await nextTurn();
}

describe('A stream of chain', () => {
  it('A14: is opened with what its clients and all proxies want to see', async () => {
    const host = new ChainHost();
    const { exchange } = await host.open('/chain/sse?sid=tab&name=Ada&name=Eve');
    expect(exchange).toMatchObject({
      status: 200,
      answerHeaders: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'private, no-cache, no-store, must-revalidate, max-age=0',
        Pragma: 'no-cache',
        'X-Accel-Buffering': 'no',
        'X-Chain-Session': 'new',
        'X-Chain-Keep-Alive': 15_000,
      },
    });
    expect({ ...host.offers[0].params }).toEqual({ sid: 'tab', name: 'Ada' });
  });

  it.each([
    [{}, 'X-Chain-Session, X-Chain-Keep-Alive'],
    [{ cors: { exposeHeaders: ['X-Id'] } }, 'X-Chain-Session, X-Chain-Keep-Alive, X-Id'],
  ])('lets pages of other origins read its headers: %j', async (options, exposed) => {
    const { exchange } = await new ChainHost(options).open();
    expect(exchange.answerHeaders['Access-Control-Expose-Headers']).toBe(exposed);
  });

  it('carries messages, each for itself, and its number after it', async () => {
    const host = new ChainHost();
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    const tag = handler.connection.id.slice(0, 8);
    stream.text = '';
    await say(handler, 'one', 'two');
    expect(stream.text).toBe(`data: "one"\n\nid: ${tag}.1\n\ndata: "two"\n\nid: ${tag}.2\n\n`);
    expect(stream.writes).toBe(2);
  });

  it('says from time to time that it is still there', async () => {
    const host = new ChainHost();
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    await host.clock.advance(15_000);
    expect(stream.text.endsWith('\n\n:\n\n')).toBe(true);
    await host.clock.advance(14_000);
    await say(handler, 'one');
    await host.clock.advance(14_000);
    expect(stream.text.match(/^:$/gm)).toHaveLength(1);
    await host.clock.advance(2_000);
    expect(stream.text.match(/^:$/gm)).toHaveLength(2);
  });

  it('is refused with the sentence of onConnected', async () => {
    const host = new ChainHost();
    host.refusal = 'banned';
    expect(await host.get(URL).answered()).toMatchObject({ status: 403, answerBody: 'Could not initialize connection: banned' });
  });

  it('is refused to whom the guards refuse, with their answer', async () => {
    const host = new ChainHost();
    expect(await host.get(URL, { user: null }).answered()).toMatchObject({ status: 403, answerBody: 'Forbidden' });
    expect(host.offers).toEqual([]);
  });

  it('is refused to a tab with an endless name', () => {
    expect(new ChainHost().get(`/chain/sse?sid=${'x'.repeat(65)}`)).toMatchObject({ status: 400 });
  });

  it.each(['PUT', 'DELETE', 'OPTIONS'])('cannot be asked for by %s', (method) => {
    expect(new ChainHost().ask(method, URL)).toMatchObject({ status: 405, answerHeaders: { Allow: 'GET, POST' } });
  });

  it('ends with its session, whose client may still read what was said', async () => {
    const host = new ChainHost();
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    handler.connection.send('"last words"');
    handler.connection.close(closeReason('disconnected'));
    expect([stream.state, stream.messages]).toEqual(['ended', ['last words']]);
    await handler.connection.ended();
    expect(host.store.size).toBe(0);
  });

  it('is cut at the end where the client takes nothing', async () => {
    const host = new ChainHost();
    const { stream } = await host.open();
    const handler = await host.endpoint.next();
    stream.end = () => undefined;
    handler.connection.close(closeReason('disconnected'));
    await host.clock.advance(10_000);
    expect(stream.state).toBe('destroyed');
  });
});
