import { describe, expect, it } from '@jest/globals';
import { chainScript, chainTypes } from '../../lib/channels/dialects/chain.script.js';
import { ChainHost } from '../support/chain-host.js';
import type { FakeExchange } from '../support/fake-exchange.js';

function ask(method = 'GET', headers = {}, route = 1): FakeExchange {
  const host = new ChainHost();
  return host.ask(method, '/chain.js', { headers }, host.routes[route]);
}

describe('The browser client', () => {
  it('is served as a module, with the name of its types', () => {
    const { status, answerBody, answerHeaders } = ask();
    expect([status, answerBody]).toEqual([200, chainScript]);
    expect(answerHeaders).toMatchObject({ 'Content-Type': 'text/javascript; charset=utf-8', 'X-TypeScript-Types': './chain.d.ts' });
  });

  it('is served with its types beside it', () => {
    const { answerBody, answerHeaders } = ask('GET', {}, 2);
    expect(answerBody).toBe(chainTypes);
    expect(answerHeaders).toMatchObject({ 'Content-Type': 'application/typescript; charset=utf-8' });
  });

  it.each([(etag: string) => etag, (etag: string) => `W/${etag}`, (etag: string) => `"x", ${etag}`, () => '*'])(
    'is not sent again to who has it',
    (tagsOf) => {
      const etag = String(ask().answerHeaders['ETag']);
      const { status, answerBody, answerHeaders } = ask('GET', { 'if-none-match': tagsOf(etag) });
      expect([status, answerBody, answerHeaders['ETag']]).toEqual([304, undefined, etag]);
    },
  );

  it('is sent to who has another one', () => expect(ask('GET', { 'if-none-match': '"x"' }).status).toBe(200));

  it('cannot be written to', () => expect(ask('POST')).toMatchObject({ status: 405, answerHeaders: { Allow: 'GET, HEAD' } }));
});
