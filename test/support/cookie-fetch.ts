/** Lets `fetch` keep cookies, as browsers do; what it gives takes that back. Each host has its own, and paths are not looked at. */
export function keepCookies(): () => void {
  const original = globalThis.fetch;
  const jar = new Map<string, string>();
  globalThis.fetch = async (input, init = {}) => {
    const { host } = new URL(input as string);
    const cookie = jar.get(host);
    const response = await original(input, {
      ...init,
      headers: { ...(init.headers as object), ...(cookie === undefined ? {} : { cookie }) },
    });
    for (const set of response.headers.getSetCookie()) jar.set(host, set.split(';')[0]);
    return response;
  };
  return () => void (globalThis.fetch = original);
}
