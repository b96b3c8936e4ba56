import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Channel, Join, phoenix } from 'nestjs-signalr';
import { moduleOf } from '../../support/app-of.js';
import { ask, rawSocket } from '../../support/app-request.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

@Channel('room:*')
class RoomChannel {
  @Join() join() {}
}

const channels = [{ path: '/socket', dialect: phoenix({ realtime: true }) }];

/** Whoever has a session, and whoever needs none. */
const paths = {
  'a session that polls': async (url: string) => {
    const { body } = await ask('GET', `${url}/socket/longpoll?vsn=2.0.0`);
    const { token } = JSON.parse(body) as { token: string };
    return `/socket/longpoll?vsn=2.0.0&token=${encodeURIComponent(token)}`;
  },
  'a request of its own': async () => '/socket/api/broadcast',
};

describe.each(platforms)('the end of an application on %s', (platform) => {
  it.each(Object.entries(paths))('L01: does not wait for a body that is sent slowly: %s', async (_, pathAt) => {
    const { app, url } = await servedOn(platform, moduleOf([RoomChannel], { channels }));
    const path = await pathAt(url);
    const arrived = once(app.getHttpServer() as NodeJS.EventEmitter, 'request');
    const socket = await rawSocket(url);
    const head = [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', 'Content-Length: 1000'];
    socket.write(`${head.join('\r\n')}\r\n\r\n{"messages`);
    await arrived;
    const answer = once(socket, 'data');
    await app.close();
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/s);
    socket.destroy();
  });
});
