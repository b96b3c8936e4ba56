import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { asError, BindingError, callErrors, CallRefusal, connectionErrors, HubException, SignalRError } from '../../lib/common/errors.js';
import { useErrors } from '../../lib/common/use-errors.js';

describe('whatever a handler throws', () => {
  it('stays what it is when it is an error', () => {
    class OwnError extends Error {}
    const error = new OwnError('mine');
    expect(asError(error)).toBe(error);
  });

  it('stays what it is when it is an error of another realm, as those of Node are under Jest', async () => {
    const foreign: unknown = runInNewContext('new RangeError("foreign")');
    expect(asError(foreign)).toBe(foreign);
    const ofNode: unknown = await readFile('no-such-file').catch((error: unknown) => error);
    expect(asError(ofNode)).toBe(ofNode);
  });

  it.each<[string, unknown, string]>([
    ['a text', 'no room left', 'no room left'],
    ['no text at all', '', ''],
    ['null', null, '[object Null]'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('secret'), '[object Symbol]'],
    ['a number', 42, '42'],
    ['an object', { password: 'secret' }, '[object Object]'],
    ['an object without a prototype', Object.create(null), '[object Object]'],
    ['a function', () => 1, '[object Function]'],
  ])('becomes an error that says what it was, and no secrets: %s', (_, thrown, message) => {
    const error = asError(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'Error', message, code: 'ERR_SIGNALR_THROWN' });
  });
});

describe('whatever a handler throws to do harm', () => {
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const throwing = (property: string): Error =>
    Object.defineProperty(new Error('x'), property, {
      get() {
        throw new Error('a trap');
      },
    });

  it.each<[string, unknown]>([
    ['a proxy that was revoked', revoked()],
    ['an object whose name is a trap', Object.defineProperty({}, Symbol.toStringTag, { get: () => revoked().constructor })],
    ['an error whose message is a trap', throwing('message')],
    ['an error whose name is a trap', throwing('name')],
    ['an error whose stack is a trap', throwing('stack')],
    ['an error whose message is a symbol', Object.assign(new Error('x'), { message: Symbol('x') })],
    ['an error whose name is an object', Object.assign(new Error('x'), { name: {} })],
  ])('becomes an error that can be read: %s', (_, thrown) => {
    const { name, message, stack } = asError(thrown);
    expect([name, message, stack].map((text) => typeof text)).toEqual(['string', 'string', 'string']);
  });
});

describe('errors', () => {
  it('have a code for programs and a name for clients', () => {
    const cause = new Error('deeper');
    const error = new HubException('The room is full.', { cause });
    expect(error).toBeInstanceOf(SignalRError);
    expect(error).toMatchObject({ code: 'ERR_SIGNALR_HUB', name: 'HubException', message: 'The room is full.', cause });
    expect(String(error)).toBe('HubException: The room is full.');
    expect(error.stack).toContain('errors.spec');
  });

  it('say why a connection ended, and what caused it', () => {
    const error = new Error('broken');
    expect(connectionErrors.ended({ code: 'failed', text: 'The connection failed.', error })).toMatchObject({
      code: 'ERR_SIGNALR_CONNECTION_ENDED',
      name: 'OperationCanceledException',
      message: 'The connection failed.',
      cause: error,
    });
  });

  it('say which option bounds what waits for a slow client', () => {
    expect(connectionErrors.tooSlow(1_024).message).toBe(
      'The client reads too slowly: more than 1024 bytes wait for it, which is what the option outbox.maximum allows.',
    );
  });

  it('tell calls that never reached a method from those that were refused', () => {
    expect(callErrors.argumentCount(1, '2')).toBeInstanceOf(BindingError);
    expect(callErrors.unknownMethod()).toBeInstanceOf(BindingError);
    expect(callErrors.streamInvoked('counter')).toBeInstanceOf(CallRefusal);
    expect(callErrors.valueStreamed('counter')).toBeInstanceOf(CallRefusal);
  });

  it('show a wrong name short and on one line, whoever gave it', () => {
    const { message } = useErrors.wrongName('group', `a\r\nb\u001b[31m${'x'.repeat(1_000)}`, 256);
    expect(message).toMatch(/^A group has to be a text of 1 to 256 characters\. This one is 'a\\u000d\\u000ab\\u001b\[31mx+…'\.$/);
    expect(message.length).toBeLessThan(150);
  });
});
