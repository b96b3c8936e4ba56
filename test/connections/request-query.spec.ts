import { describe, expect, it } from '@jest/globals';
import { normalizePath, parsePath, parseQuery } from '../../lib/connections/request-query.js';

const query = (url: string): Record<string, string> => Object.fromEntries(parseQuery(url));

describe('the query of a request', () => {
  it('has its names in small letters, and its values as they are', () => {
    expect(query('/chat?ID=AbC&Access_Token=X')).toEqual({ id: 'AbC', access_token: 'X' });
  });

  it('is empty where there is none', () => {
    for (const url of ['/chat', '/chat?', '', '?']) expect(query(url)).toEqual({});
  });

  it('is decoded', () => {
    expect(query('/chat?i%64=a%20b+c%2Bd&name=%C3%A9')).toEqual({ id: 'a b c+d', name: 'é' });
  });

  it('has both values of a name that comes twice, so that such an id is nobody’s', () => {
    expect(query('/chat?id=a&ID=b&id=c')).toEqual({ id: 'a,b,c' });
  });

  it('keeps question marks and equals signs in values', () => {
    expect(query('/chat?id=a?b=c')).toEqual({ id: 'a?b=c' });
  });

  it.each(['/chat?id=%', '/chat?id=%zz', '/chat?id=%ff', '/chat?&&=&=x', '/chat?%'])(
    'is read without an error when it is malformed: %s',
    (url) => {
      expect(() => parseQuery(url)).not.toThrow();
    },
  );

  it('is a map, in which no name is special', () => {
    const parsed = parseQuery('/chat?__proto__=x&constructor=y');
    expect(parsed.get('__proto__')).toBe('x');
    expect(parsed.get('constructor')).toBe('y');
    expect(parseQuery('/chat').get('constructor')).toBeUndefined();
  });

  it('is read in a time that grows with its length only', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}=${index}`).join('&');
    expect(parseQuery(`/chat?${names}`).size).toBe(20_000);
  });
});

describe('the path of a request', () => {
  it.each([
    ['/chat', '/chat'],
    ['/Chat', '/chat'],
    ['/chat/', '/chat'],
    ['/chat?id=A/B', '/chat'],
    ['/chat/?id=1', '/chat'],
    ['/chat#top', '/chat'],
    ['/Chat/Negotiate?x', '/chat/negotiate'],
    ['/', '/'],
    ['/?id=1', '/'],
    ['', ''],
    ['http://example.com:80/Chat?id=1', '/chat'],
    ['HTTPS://example.com/chat/', '/chat'],
    ['http://example.com', '/'],
    ['/%63hat', '/%63hat'],
  ])('of %j is %j', (url, path) => expect(parsePath(url)).toBe(path));

  it('is compared with a path that was configured in the same form', () => {
    expect(normalizePath('/Chat/')).toBe(parsePath('/CHAT?id=1'));
    expect(normalizePath('/')).toBe('/');
  });
});
