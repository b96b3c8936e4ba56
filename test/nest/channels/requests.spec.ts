import { describe, expect, it } from '@jest/globals';
import { Injectable, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Channel, ChannelEndpoint, ChannelSession, Join, type ChannelEntry, type RequestRoute } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../../../lib/connections/exchange.js';
import { log, moduleOf } from '../../support/app-of.js';
import { rawSocket } from '../../support/app-request.js';
import { MemoryTransport } from '../../support/memory-transport.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';
import { PlainDialect } from '../../support/plain-dialect.js';
import { throwing } from '../../support/nest-guards.js';

/** What becomes of a request. */
let handle: (exchange: Exchange, entry: ChannelEntry) => unknown = () => undefined;
let connect: (session: ChannelSession) => unknown = () => undefined;

@Injectable()
class HeaderGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    if (request.headers['x-name'] === undefined) throw new UnauthorizedException();
    request.user = { id: request.headers['x-name'] };
    return true;
  }
}

const dialect = new PlainDialect((...args: Parameters<RequestRoute['handle']>) => handle(...args) as void);

@ChannelEndpoint('/plain', { dialect, allowedOrigins: 'https://good.example' })
@UseGuards(HeaderGuard)
class PlainSocket {
  onConnected(session: ChannelSession) {
    return connect(session);
  }
}

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

async function serve(platform: Platform = 'Express'): Promise<string> {
  connect = () => undefined;
  const { url } = await servedOn(platform, { ...moduleOf([PlainSocket, RoomChannel]) });
  return `${url}/plain/http`;
}

describe.each(platforms)('a request to a dialect, on %s,', (platform) => {
  it('brings its method, headers, query and parameter, and gets an answer', async () => {
    const url = await serve(platform);
    handle = (exchange) => {
      const { method, headers, query, parameter } = exchange;
      exchange.answer(202, JSON.stringify([method, headers['x-a'], query.get('b'), parameter]), { 'Content-Type': 'application/json' });
    };
    const answer = await fetch(`${url}/A%20b?b=%C3%A4`, { method: 'PUT', headers: { 'X-A': 'a' } });
    expect([answer.status, answer.headers.get('cache-control'), await answer.json()]).toEqual([202, 'no-store', ['PUT', 'a', 'ä', 'A b']]);
  });

  it('brings the same parameter where the client names the host as well', async () => {
    const url = await serve(platform);
    handle = (exchange) => exchange.answer(200, exchange.parameter);
    const socket = await rawSocket(url);
    socket.write('GET http://host.test/plain/http/A%20b?c HTTP/1.1\r\nHost: host.test\r\nConnection: close\r\n\r\n');
    expect((await socket.toArray()).join('')).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nA b$/);
  });

  it('A16: brings its body, whatever its type, and not more of it than may be', async () => {
    const url = await serve(platform);
    handle = async (exchange) => {
      const body = await exchange.body(10);
      if (body !== undefined) exchange.answer(200, body);
    };
    for (const type of ['application/json', 'application/x-ndjson', 'text/plain'])
      expect(await (await post(`${url}/a`, '{"a":1}', { 'Content-Type': type })).text()).toBe('{"a":1}');
    expect((await post(`${url}/a`, 'x'.repeat(11))).status).toBe(413);
    expect(await (await fetch(`${url}/a`)).text()).toBe('');
  });
});

describe('a request to a dialect', () => {
  it('asks the guards when the dialect wants to know', async () => {
    const url = await serve();
    handle = async (exchange) => {
      const entrant = exchange.parameter === 'open' ? { user: 'nobody' } : await exchange.admit();
      if (entrant !== undefined) exchange.answer(200, JSON.stringify(entrant));
    };
    expect((await fetch(`${url}/open`)).status).toBe(200);
    expect((await fetch(`${url}/a`)).status).toBe(401);
    expect(await (await fetch(`${url}/a`, { headers: { 'X-Name': 'ada' } })).json()).toEqual({
      user: { id: 'ada' },
      userIdentifier: 'ada',
    });
  });

  it('may be a stream, and is over when its peer goes', async () => {
    const url = await serve();
    let over: Promise<void> = Promise.resolve();
    handle = (exchange) => {
      over = new Promise((resolve) => exchange.onceOver(() => resolve()));
      const stream = exchange.stream(200, { 'X-Stream': 'yes' });
      stream.write('data: 1\n\n');
    };
    const aborter = new AbortController();
    const answer = await fetch(`${url}/a`, { signal: aborter.signal });
    expect([answer.headers.get('content-type'), answer.headers.get('x-stream')]).toEqual(['text/event-stream', 'yes']);
    const { value } = await (answer.body as ReadableStream<Uint8Array>).getReader().read();
    expect(Buffer.from(value as Uint8Array).toString()).toBe('data: 1\n\n');
    aborter.abort();
    await over;
  });

  it('may end a stream', async () => {
    const url = await serve();
    handle = (exchange) => {
      const stream = exchange.stream(200, {});
      stream.write('last');
      expect(stream.bufferedAmount).toBeGreaterThanOrEqual(0);
      stream.end();
      stream.write('late');
    };
    expect(await (await fetch(`${url}/a`)).text()).toBe('last');
  });

  it('opens a session, and finds it again by its token', async () => {
    const url = await serve();
    let token = '';
    handle = async (exchange, entry) => {
      const known = entry.find(exchange.query.get('token') ?? '');
      if (known !== undefined) return exchange.answer(200, `known ${known.userIdentifier}`);
      const entrant = await exchange.admit();
      if (entrant === undefined) return;
      const prepared = await entry.prepare(exchange.request, entrant, { codec: dialect.codec, params: {} });
      if (prepared.refusal !== undefined) return exchange.answer(403, prepared.refusal);
      ({ token } = prepared);
      entry.begin(prepared, new MemoryTransport(() => undefined));
      return exchange.answer(201);
    };
    const headers = { 'X-Name': 'ada' };
    expect((await fetch(`${url}/a`, { headers })).status).toBe(201);
    expect(await (await fetch(`${url}/a?token=${encodeURIComponent(token)}`)).text()).toBe('known ada');
    connect = throwing(new UnauthorizedException('Not today.'));
    expect(await (await fetch(`${url}/a`, { headers })).text()).toBe('Not today.');
  });

  it('comes from pages of allowed origins alone, which may read the answer', async () => {
    const url = await serve();
    handle = (exchange) => exchange.answer(200, 'yes');
    const good = await fetch(`${url}/a`, { headers: { Origin: 'https://good.example' } });
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([200, 'https://good.example']);
    expect((await fetch(`${url}/a`, { headers: { Origin: 'https://bad.example' } })).status).toBe(403);
    const preflight = { Origin: 'https://good.example', 'Access-Control-Request-Method': 'POST' };
    expect((await fetch(`${url}/a`, { method: 'OPTIONS', headers: preflight })).status).toBe(204);
  });

  it('is answered with 500 where the dialect fails, which the log says', async () => {
    const url = await serve();
    handle = throwing(new Error('secret'));
    const answer = await fetch(`${url}/a`);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(log.takeErrors()).toEqual(['PlainSocket: answering a request failed: secret']);
  });

  it('at no path of it is the application’s own', async () => {
    const url = await serve();
    expect((await fetch(`${url}/a/b`)).status).toBe(404);
    expect((await fetch(`${url}/%zz`)).status).toBe(404);
    expect((await fetch(url)).status).toBe(404);
  });
});

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}
