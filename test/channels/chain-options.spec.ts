import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestRoute } from '../../lib/channels/dialect.js';
import { chain } from '../../lib/channels/dialects/chain.js';
import type { ChainOptions } from '../../lib/channels/dialects/chain.options.js';

describe('The options of chain', () => {
  const { NODE_ENV } = process.env;

  beforeEach(() => {
    process.env['NODE_ENV'] = 'test';
  });

  afterEach(() => {
    process.env['NODE_ENV'] = NODE_ENV;
  });

  it.each([
    [{ resumeWindow: -1 }, /'resumeWindow' in chain\(\) is -1/],
    [{ resumeQueue: 1.5 }, /'resumeQueue' in chain\(\) is 1\.5/],
    [{ clientRoute: 'chain.js' }, /'clientRoute' in chain\(\) is 'chain\.js'/],
    [{ clientRoute: '/chain' }, /It has to be a path such as '\/chain\.js', or false/],
    [{ cookie: { secrets: [] } }, /a list of one or more texts/],
    [{ cookie: { secrets: [''] } }, /a list of one or more texts/],
    [
      { cookie: { secrets: ['good', undefined] } },
      /'cookie\.secrets' in chain\(\) contains undefined\. It has to be a list of one or more texts/,
    ],
    [{ cookie: { secrets: 'text' } }, /a list of one or more texts/],
    [{ cookie: { name: 'a b' } }, /the name of a cookie/],
    [{ cookie: { path: 'x' } }, /a path that begins with/],
    [{ cookie: { path: '/; Secure' } }, /a path that begins with/],
    [{ cookie: { domain: 'a;b' } }, /a domain/],
    [{ cookie: { sameSite: 'lax' } }, /one of 'Strict', 'Lax', 'None'/],
    [{ cookie: { sameSite: 'None' } }, /cookie\.secure/],
    [{ cookie: { maxAge: 0 } }, /a whole number, 1 or more/],
    [{ cors: { exposeHeaders: ['a b'] } }, /a list of names of headers/],
    [{ cors: { allowHeaders: 'X' } }, /a list of names of headers/],
    [{ cookies: {} }, /Unknown option 'cookies' in chain\(\)/],
  ])('are checked: %j', (options, message) => expect(() => chain(options as ChainOptions)).toThrow(message));

  it('need secrets in production', () => {
    process.env['NODE_ENV'] = 'production';
    expect(() => chain()).toThrow(/cookie\.secrets/);
    expect(chain({ cookie: { secrets: ['x'] } }).warning).toBeUndefined();
  });

  it('warn where there are no secrets', () => expect(chain().warning).toMatch(/no cookie\.secrets/));

  it('say what pages of other origins are told', () => {
    const cors = { exposeHeaders: ['X-Id'], allowHeaders: ['X-A', 'X-B'], allowPrivateNetwork: true, maxAge: 60 };
    const preflightOf = (options: ChainOptions): unknown => (chain(options).routes('/chain')[0] as RequestRoute).preflight;
    expect(preflightOf({})).toEqual({ 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Max-Age': 600 });
    expect(preflightOf({ cors })).toEqual({
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Max-Age': 60,
      'Access-Control-Allow-Headers': 'X-A, X-B',
      'Access-Control-Allow-Private-Network': 'true',
    });
  });

  it('say where things are served', () => {
    const pathsOf = (options: ChainOptions, path = '/chain'): string[] =>
      chain(options)
        .routes(path)
        .map((route) => route.path);
    expect(pathsOf({})).toEqual(['/chain/sse', '/chain.js', '/chain.d.ts']);
    expect(pathsOf({ clientRoute: '/js/client.js' }, '/')).toEqual(['/sse', '/js/client.js', '/js/client.d.ts']);
    expect(pathsOf({ clientRoute: false })).toEqual(['/chain/sse']);
  });
});
