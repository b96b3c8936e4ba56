import { describe, expect, it } from '@jest/globals';
import { redacted } from '../../lib/common/redacted.js';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';

describe('H13: a text for the log', () => {
  it.each([
    ['GET /chat?access_token=secret&id=secret failed', 'GET /chat?access_token=***&id=*** failed'],
    ['GET /chat?a=1&ACCESS_TOKEN=secret#top', 'GET /chat?a=1&ACCESS_TOKEN=***#top'],
    ['ws://host/socket/websocket?token=secret&apikey=secret&vsn=2.0.0', 'ws://host/socket/websocket?token=***&apikey=***&vsn=2.0.0'],
    ['{"access_token":"secret","a":1}', '{"access_token":"***","a":1}'],
    ["{ access_token: 'secret' }", "{ access_token: '***' }"],
    ["authorization: 'Bearer secret.a-b_c~+/='", "authorization: 'Bearer ***'"],
    [`jwt malformed: ${JWT}`, 'jwt malformed: ***'],
    [JWT.slice(0, 40), '***'],
    ['GET /orders?id=7', 'GET /orders?id=***'],
  ])('has no token in it: %j', (text, clean) => expect(redacted(text)).toBe(clean));

  it.each(['the id=7 is taken', 'Bearers of bad news', 'eyJ', 'no access_token', "Parameter 'token' is missing"])(
    'is else as it was: %j',
    (text) => expect(redacted(text)).toBe(text),
  );

  it('is read in a time that its length alone decides', () => {
    const long = [
      'access_token'.repeat(50_000),
      'bearer '.repeat(50_000),
      'eyJa.'.repeat(50_000),
      'eyJ-'.repeat(100_000),
      `access_token${' '.repeat(300_000)}`,
    ];
    for (const text of long) expect(redacted(text).length).toBeGreaterThan(0);
  });
});
