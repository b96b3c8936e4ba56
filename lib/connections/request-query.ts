/** The query of a request by the names in small letters: official clients and ASP.NET Core do not agree on the case. */
export type RequestQuery = ReadonlyMap<string, string>;

/** A name that comes twice has both values, as in ASP.NET Core; for an id this means that it is nobody's. */
export function parseQuery(url: string): RequestQuery {
  const query = new Map<string, string>();
  const start = url.indexOf('?');
  if (start < 0) return query;
  for (const [name, value] of new URLSearchParams(url.slice(start))) {
    const key = name.toLowerCase();
    const before = query.get(key);
    query.set(key, before === undefined ? value : `${before},${value}`);
  }
  return query;
}

/** Scheme and host, which a request may name as well (RFC 9112 §3.2.2). */
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** The path of a request as it was written. */
export function pathOf(url: string): string {
  const host = url.startsWith('/') ? undefined : ABSOLUTE.exec(url)?.[0];
  const target = host === undefined ? url : url.slice(host.length) || '/';
  return target.slice(0, pathLength(target));
}

/**
 * The path of a request in small letters and without a slash at its end: the form in which endpoints are looked up. What is percent-encoded in it
 * stays so, as on Express: a middleware that guards a path there is not to be passed by under another spelling.
 */
export function parsePath(url: string): string {
  return normalizePath(pathOf(url));
}

/** The same for a path that was configured. */
export function normalizePath(path: string): string {
  const lower = path.toLowerCase();
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower;
}

/** A path that was configured, as others can stand below it. */
export function withoutLastSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

function pathLength(url: string): number {
  const end = url.search(/[?#]/);
  return end < 0 ? url.length : end;
}
