import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Channel, Hub, HubMethod, Join, phoenix } from 'nestjs-signalr';
import { log, servedAppFrom, moduleOf } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { HubSocket } from '../../support/hub-socket.js';
import { negotiate } from '../../support/nest-knock.js';

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.secret.signature';

@Hub('/chat')
class ChatHub {
  @HubMethod()
  fail() {
    throw new Error('It fails.');
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {
    throw new Error('It fails.');
  }
}

describe('secrets in the query of a URL', () => {
  beforeEach(() => void jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(true));
  afterEach(() => void jest.restoreAllMocks());

  const logged = (): string => JSON.stringify(log.lines);

  it('A01, H13: are in no line of the log, whatever fails and at whichever level', async () => {
    const { app, url } = await servedAppFrom(moduleOf([ChatHub, RoomChannel], { channels: [{ path: '/socket', dialect: phoenix() }] }));
    const { connectionToken } = await negotiate(`${url}/chat`);
    const socket = await HubSocket.join(`${url}/chat?id=${connectionToken}&access_token=${SECRET}`);
    await socket.ask('fail');
    await socket.ask('noSuchMethod');
    for (const method of ['GET', 'POST', 'DELETE', 'PUT']) await ask(method, `${url}/chat?id=${connectionToken}&access_token=${SECRET}`);
    await HubSocket.refusal(`${url}/chat?id=${connectionToken}&access_token=${SECRET}`);
    const phone = await HubSocket.open(`${url}/socket/websocket?vsn=2.0.0&token=${SECRET}`);
    phone.socket.send(JSON.stringify(['1', '1', 'room:1', 'phx_join', { token: SECRET }]));
    await phone.frame();
    await app.close();
    expect(log.takeErrors()).toHaveLength(2);
    expect(log.lines.length).toBeGreaterThan(4);
    for (const secret of [SECRET, connectionToken]) expect(logged()).not.toContain(secret);
  });

  it('H13: are not sent on by a browser that follows a link from an answer', async () => {
    const { url } = await servedAppFrom(moduleOf([ChatHub]));
    for (const [method, path] of [
      ['POST', '/chat/negotiate'],
      ['GET', `/chat?id=x&access_token=${SECRET}`],
      ['PUT', '/chat'],
    ]) {
      const { headers } = await ask(method, url + path);
      expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
    }
  });
});
