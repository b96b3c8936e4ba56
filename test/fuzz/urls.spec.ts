import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { phoenix } from '../../lib/channels/dialects/phoenix.js';
import { paramsOf } from '../../lib/channels/query-params.js';
import { OriginPolicy } from '../../lib/connections/allowed-origins.js';
import { negotiateAnswer, negotiateVersion } from '../../lib/connections/negotiate.js';
import { parsePath, parseQuery } from '../../lib/connections/request-query.js';
import { visitOf } from '../../lib/nest/channel-visit.js';
import { corpusOf, fuzzing, mutated, sizeOf, unlessRefused } from '../support/fuzz.js';

/** As Node hands them on: bytes as characters. */
const urls = mutated(corpusOf('urls.txt')).map((url) => url.toString('latin1'));

describe('the URL of a request after a few changes', () => {
  it('has a path and a query, neither of them larger than it is', () => {
    fc.assert(
      fc.property(urls, (url) => {
        expect(parsePath(url).length).toBeLessThanOrEqual(url.length + 1);
        const size = [...parseQuery(url)].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
        expect(size).toBeLessThanOrEqual(url.length);
        expect(sizeOf(paramsOf(visitOf({ url } as IncomingMessage, undefined).query))).toBeLessThanOrEqual(2 * url.length + 2);
      }),
      fuzzing(400),
    );
  });

  it('is negotiated with, or refused in words', () => {
    fc.assert(
      fc.property(urls, fc.integer({ min: 0, max: 1 }), (url, minimum) => {
        const version = unlessRefused(() => negotiateVersion(parseQuery(url), minimum)) ?? 0;
        const answer = JSON.parse(negotiateAnswer(version, { id: 'id', token: 'token' }, ['WebSockets'])) as object;
        expect(answer).toMatchObject({ negotiateVersion: version, connectionId: 'id' });
      }),
      fuzzing(400),
    );
  });

  it('names an origin that is allowed or is not', () => {
    const policies = [new OriginPolicy(undefined), new OriginPolicy(['https://*.example.com', /^https:\/\/b\./]), new OriginPolicy('*')];
    fc.assert(
      fc.property(urls, urls, (origin, host) => {
        const request = { headers: { origin, host, cookie: 'a=b' }, socket: {} } as IncomingMessage;
        for (const policy of policies) expect(typeof policy.allows(request)).toBe('boolean');
      }),
      fuzzing(200),
    );
  });

  it('brings a token, or none', () => {
    fc.assert(
      fc.property(urls, fc.string(), (url, offered) => {
        const request = {
          url,
          headers: { 'sec-websocket-protocol': `phoenix, base64url.bearer.phx.${offered}` },
        } as unknown as IncomingMessage;
        expect(['string', 'undefined']).toContain(typeof phoenix().token(visitOf(request, undefined)));
      }),
      fuzzing(200),
    );
  });
});
