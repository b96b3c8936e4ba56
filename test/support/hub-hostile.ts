/** Values that a handler may throw, and that cannot be looked at without another throw. */
export const hostileErrors: [what: string, thrown: unknown][] = [
  ['an error whose message is a symbol', Object.assign(new Error(), { message: Symbol('s') })],
  ['an error whose message cannot be read', Object.defineProperty(new Error(), 'message', { get: () => refuse() })],
  ['an error whose getStatus throws', Object.assign(new Error('x'), { getStatus: () => refuse() })],
  ['a proxy that is revoked', revokedProxy()],
];

function refuse(): never {
  throw new Error('not to be looked at');
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
