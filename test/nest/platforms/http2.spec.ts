import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Hub, HubMethod } from 'nestjs-signalr';
import { closeLater, log, moduleOf } from '../../support/app-of.js';
import { HANDSHAKE, invocation, record } from '../../support/hub-peer.js';
import { urlOf } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  echo(text: string) {
    return text;
  }
}

async function served(): Promise<ClientHttp2Session> {
  const module = await Test.createTestingModule(moduleOf([ChatHub]))
    .setLogger(log)
    .compile();
  const app = closeLater(module.createNestApplication(new FastifyAdapter({ http2: true } as object), { logger: log }));
  await app.listen(0, '127.0.0.1');
  return connect(urlOf(app.getHttpServer() as never));
}

async function ask(session: ClientHttp2Session, method: string, path: string, body?: string): Promise<string> {
  const stream = session.request({ ':method': method, ':path': path }).setEncoding('utf8');
  stream.end(body);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  expect(headers[':status']).toBe(200);
  return (await stream.toArray()).join('');
}

describe('over HTTP/2', () => {
  it('L08: a hub is negotiated and polled', async () => {
    const session = await served();
    const { connectionToken } = JSON.parse(await ask(session, 'POST', '/chat/negotiate?negotiateVersion=1')) as { connectionToken: string };
    const path = `/chat?id=${connectionToken}`;
    expect(await ask(session, 'GET', path)).toBe('');
    await ask(session, 'POST', path, HANDSHAKE);
    expect(await ask(session, 'GET', path)).toBe('{}\u001e');
    await ask(session, 'POST', path, record(invocation('1', 'echo', 'x')));
    expect(await ask(session, 'GET', path)).toBe(record({ type: 3, invocationId: '1', result: 'x' }));
    // A server of HTTP/2 waits for the sessions of its clients.
    session.destroy();
  });
});
