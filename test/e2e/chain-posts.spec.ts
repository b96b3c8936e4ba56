import { describe, expect, it } from '@jest/globals';
import { chain, Channel, HandleIn, Join } from 'nestjs-signalr';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { platforms, servedOn } from '../support/nest-platforms.js';

let said: string[];

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {
    said = [];
  }

  @HandleIn('say')
  say({ text }: { text: string }) {
    said.push(text);
  }
}

const metadata = () => {
  const dialect = chain({ cookie: { secrets: ['a secret of the test'] } });
  return moduleOf([RoomChannel], { channels: [{ path: '/chain', dialect }] });
};

/** A session, whose posts the test writes piece by piece. */
async function session(url: string): Promise<(headers?: Record<string, string>) => ClientRequest> {
  const path = `${url}/chain/sse?sid=tab`;
  const { headers } = await fetch(path);
  const cookie = headers.getSetCookie()[0].split(';')[0];
  return (others = {}) => {
    const post = request(path, { method: 'POST', agent: false, headers: { cookie, ...others } });
    post.on('error', () => undefined);
    return post;
  };
}

const frame = (text: string): string => JSON.stringify([0, 1, 2, 'room:1', 'say', { text }]);

async function statusOf(post: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(post, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** Posts a whole frame. */
function send(post: ClientRequest, body: string): Promise<number | undefined> {
  post.end(body);
  return statusOf(post);
}

describe('Posts to an endpoint that speaks chain', () => {
  it('do not wait for one whose client is gone, before its turn or in it', async () => {
    const { app, url } = await servedAppFrom(metadata());
    const post = await session(url);
    await send(post(), '[0,1,1,"room:1","_join"]');
    const [half, gone] = [post({ 'content-length': '1000' }), post({ 'content-length': '1000' })];
    for (const one of [half, gone]) {
      const arrived = once(app.getHttpServer(), 'request');
      one.write('[0,');
      await arrived;
    }
    const whole = send(post(), frame('whole'));
    await once(app.getHttpServer(), 'request');
    for (const one of [gone, half]) {
      one.destroy();
      await nextTurn();
    }
    expect(await whole).toBe(200);
    expect(said).toEqual(['whole']);
  });

  it.each(platforms)('are taken whatever they say that they are, on %s', async (platform) => {
    const { url } = await servedOn(platform, metadata());
    const post = await session(url);
    await send(post(), '[0,1,1,"room:1","_join"]');
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense'])
      expect(await send(post({ 'content-type': type }), frame(type))).toBe(200);
    expect(said).toEqual(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense']);
  });

  it.each(platforms)('are refused where they are too large, with a length or without, on %s', async (platform) => {
    const { url } = await servedOn(platform, metadata());
    const post = await session(url);
    const large = frame('x'.repeat(40_000));
    expect(await send(post(), large)).toBe(413);
    const chunked = post({ 'transfer-encoding': 'chunked' });
    for (let at = 0; at < 40_000; at += 10_000) chunked.write(large.slice(at, at + 10_000));
    expect(await statusOf(chunked)).toBe(413);
    expect(await send(post(), '[0,1,1,"room:1","_join"]')).toBe(200);
  });
});
