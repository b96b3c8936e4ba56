import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { TabCookie } from '../../lib/channels/dialects/chain.cookie.js';
import { resolveChainOptions, type ChainOptions } from '../../lib/channels/dialects/chain.options.js';

function cookieWith(cookie: ChainOptions['cookie'] = {}, secrets: readonly string[] = ['new', 'old'], path = '/socket/sse'): TabCookie {
  return new TabCookie(resolveChainOptions({ cookie: { secrets, ...cookie } }).cookie, secrets, path);
}

const tabs = (entries: Record<string, string>): Map<string, string> => new Map(Object.entries(entries));
const valueOf = (header: string): string => header.slice(0, header.indexOf(';'));

describe('The cookie of chain', () => {
  it('is named after its path, and is for nobody but the server', () => {
    const header = cookieWith().write(tabs({ tab: 'token' }));
    expect(header).toMatch(/^_sse_d4edab26=SFMyNTY\.[\w-]+\.[\w-]{43}; Path=\/socket\/sse; Max-Age=14400; HttpOnly; SameSite=Lax$/);
  });

  it('holds the sessions by tab, signed with HMAC-SHA256', () => {
    const [, header, text, signature] = /=(\w+)\.([\w-]+)\.([\w-]+);/.exec(cookieWith().write(tabs({ a: '1' }))) ?? [];
    expect(Buffer.from(text, 'base64url').toString()).toBe('{"a":"1"}');
    expect(createHmac('sha256', 'new').update(`${header}.${text}`).digest('base64url')).toBe(signature);
  });

  it.each([
    [{ name: 'mine' }, /^mine=/],
    [{ path: '/' }, /; Path=\/;/],
    [{ maxAge: 60 }, /; Max-Age=60;/],
    [{ domain: 'example.com' }, /; Domain=example\.com$/],
    [{ secure: true, sameSite: 'None' }, /; SameSite=None; Secure$/],
    [{ sameSite: 'Strict' }, /; SameSite=Strict$/],
  ] as const)('honours %j', (options, expected) => expect(cookieWith(options).write(new Map())).toMatch(expected));

  it('is read again, whatever the tabs are called', () => {
    const cookie = cookieWith();
    const sessions = tabs(JSON.parse('{"__proto__":"1","constructor":"2","7":"3"}') as Record<string, string>);
    expect(cookie.read(`other=1; ${valueOf(cookie.write(sessions))}; last=2`)).toEqual(sessions);
  });

  it('is read with every secret', () => {
    const old = cookieWith({}, ['old']).write(tabs({ a: '1' }));
    expect(cookieWith().read(valueOf(old))).toEqual(tabs({ a: '1' }));
    expect(cookieWith({}, ['new']).read(valueOf(old))).toEqual(new Map());
  });

  it('is found among others of its name', () => {
    const cookie = cookieWith();
    const value = valueOf(cookie.write(tabs({ a: '1' })));
    expect(cookie.read(`_sse_d4edab26=from.another.path; ${value}`)).toEqual(tabs({ a: '1' }));
  });

  it.each([undefined, '', '_sse_d4edab26=', '_sse_d4edab26=SFMyNTY', '_sse_d4edab26=SFMyNTY..', '_sse_d4edab26=....', 'x_sse_d4edab26=1'])(
    'is none: %s',
    (header) => expect(cookieWith().read(header)).toEqual(new Map()),
  );

  it('is none when a letter of it was changed', () => {
    const cookie = cookieWith();
    const value = valueOf(cookie.write(tabs({ a: '1' })));
    const start = value.indexOf('=') + 1;
    for (let at = start; at < value.length - 1; at++) {
      const changed = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`;
      expect(cookie.read(changed)).toEqual(new Map());
    }
  });

  it('leaves out the oldest tabs before it gets longer than browsers keep', () => {
    const cookie = cookieWith();
    const sessions = new Map(Array.from({ length: 200 }, (_, index) => [`tab-${index}`, 'x'.repeat(22)]));
    const header = cookie.write(sessions);
    const read = cookie.read(valueOf(header));
    expect(header.length).toBeLessThan(4_096);
    expect([read.has('tab-199'), read.has('tab-0'), read.size > 40]).toEqual([true, false, true]);
  });

  it('does so too where a letter of their names has several bytes', () => {
    const cookie = cookieWith();
    const header = cookie.write(new Map(Array.from({ length: 60 }, (_, index) => [`${index}-${'語'.repeat(60)}`, 'x'.repeat(43)])));
    expect(header.length).toBeLessThan(4_096);
    expect(cookie.read(valueOf(header)).has(`59-${'語'.repeat(60)}`)).toBe(true);
  });
});
