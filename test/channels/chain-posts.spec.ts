import { describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { ChainHost, cookieOf } from '../support/chain-host.js';
import { nextTurn } from '../support/changes.js';

const URL = '/chain/sse?sid=tab';

describe('Posts of chain', () => {
  it('are read in the order in which they came, whichever body comes first', async () => {
    const host = new ChainHost();
    const { headers } = await host.open();
    const handler = await host.endpoint.next();
    let arrive!: (body: string) => void;
    const first = host.post(URL, new Promise((resolve) => (arrive = resolve)), headers);
    const second = host.post(URL, '[0,1,2,"t","second"]', headers);
    await nextTurn();
    expect(second.isRead).toBe(false);
    arrive('[0,1,1,"t","first"]');
    await second.answered();
    expect(handler.text).toBe('[0,1,1,"t","first"][0,1,2,"t","second"]');
    expect([first, second].map(({ status, answerBody }) => [status, answerBody])).toEqual([
      [200, ''],
      [200, ''],
    ]);
  });

  it('are not read while the client is held back', async () => {
    const host = new ChainHost();
    const { headers } = await host.open();
    const handler = await host.endpoint.next();
    handler.connection.pause();
    const posted = host.post(URL, '[0,1,1,"t","x"]', headers);
    await nextTurn();
    expect(posted.isRead).toBe(false);
    handler.connection.resume();
    expect((await posted.answered()).status).toBe(200);
  });

  it.each(['', 'x', '{}', '[0,1,2]', '[1,1,1,0]'])('A15: that are no frame are refused, and end nothing: %s', async (body) => {
    const host = new ChainHost();
    const { headers } = await host.open();
    const handler = await host.endpoint.next();
    const posted = await host.post(URL, body, headers).answered();
    expect([posted.status, posted.answerBody !== '', handler.text, host.store.size]).toEqual([400, true, '', 1]);
  });

  it('A16: that are too large are refused, and end nothing', async () => {
    const host = new ChainHost({}, { maximumReceiveMessageSize: 100 });
    const { headers } = await host.open();
    const handler = await host.endpoint.next();
    expect((await host.post(URL, `[0,1,1,"t","${'x'.repeat(100)}"]`, headers).answered()).status).toBe(413);
    expect((await host.post(URL, '[0,1,1,"t","x"]', headers).answered()).status).toBe(200);
    expect(handler.text).toBe('[0,1,1,"t","x"]');
  });

  it.each(['', '_sse_1=x', 'another tab'])('of no session are answered with 410: %s', async (cookie) => {
    const host = new ChainHost();
    const { headers } = await host.open();
    const posted = cookie === 'another tab' ? host.post('/chain/sse?sid=two', '[]', headers) : host.post(URL, '[]', { cookie });
    expect(await posted.answered()).toMatchObject({ status: 410, answerBody: 'The session is over. Open another stream.' });
  });

  it('that wait when the session ends are answered with 410', async () => {
    const host = new ChainHost();
    const { headers } = await host.open();
    const handler = await host.endpoint.next();
    handler.connection.pause();
    const waiting = [1, 2].map((ref) => host.post(URL, `[0,1,${ref},"t","x"]`, headers));
    handler.connection.close(closeReason('disconnected'));
    await Promise.all(waiting.map((posted) => posted.answered()));
    expect(waiting.map(({ status }) => status)).toEqual([410, 410]);
  });

  it('are not kept without end', async () => {
    const host = new ChainHost();
    const { headers } = await host.open();
    (await host.endpoint.next()).connection.pause();
    const posted = Array.from({ length: 101 }, (_, ref) => host.post(URL, `[0,1,${ref},"t","x"]`, headers));
    expect(posted.map(({ status }) => status)).toEqual([...Array.from({ length: 100 }, () => undefined), 429]);
  });

  it('renew the cookie when half of its time is over', async () => {
    const host = new ChainHost({ cookie: { maxAge: 100, secrets: ['a secret'] } });
    const { headers } = await host.open();
    await host.clock.advance(49_000);
    expect(cookieOf(await host.post(URL, '[0,1,1,"t","x"]', headers).answered())).toBe('');
    await host.clock.advance(1_000);
    expect(cookieOf(await host.post(URL, '[0,1,2,"t","x"]', headers).answered())).toBe(headers.cookie);
    expect(cookieOf(await host.post(URL, '[0,1,3,"t","x"]', headers).answered())).toBe('');
  });

  it('reach a session whose stream is away', async () => {
    const host = new ChainHost();
    const { stream, headers } = await host.open();
    const handler = await host.endpoint.next();
    stream.lose();
    await nextTurn();
    expect((await host.post(URL, '[0,1,1,"t","x"]', headers).answered()).status).toBe(200);
    expect(handler.text).toBe('[0,1,1,"t","x"]');
  });
});
