/** A query as `session.params`: of a name that comes twice the first counts. An object without a prototype, for its names are a client's. */
export function paramsOf(query: URLSearchParams): Readonly<Record<string, string>> {
  const params = Object.create(null) as Record<string, string>;
  for (const [name, value] of query) params[name] ??= value;
  return Object.freeze(params);
}
