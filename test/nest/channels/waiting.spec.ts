import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { chain, ChannelEndpoint, Channels, ChannelSession, phoenix } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { moduleOf, servedAppFrom } from '../../support/app-of.js';
import { ask } from '../../support/app-request.js';
import { turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';

/** What onConnected waits at. */
let gate: Gate;
let ends: string[] = [];

class SlowSocket {
  onConnected() {
    return gate.pass();
  }

  onDisconnected(session: ChannelSession) {
    ends.push(session.endpoint);
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix(), handshakeTimeout: 5_000 })
class PollSocket extends SlowSocket {}

@ChannelEndpoint('/chain', { dialect: chain({ cookie: { secrets: ['a secret'] } }), handshakeTimeout: 5_000 })
class StreamSocket extends SlowSocket {}

const clock = new FakeClock();

async function serve(): Promise<{ app: INestApplication; url: string }> {
  gate = new Gate();
  ends = [];
  return servedAppFrom(moduleOf([PollSocket, StreamSocket], { clock }));
}

describe.each([
  ['long polling', '/socket', '/socket/longpoll?vsn=2.0.0'],
  ['chain', '/chain', '/chain/sse'],
])('an onConnected that takes its time, over %s,', (_, endpoint, path) => {
  it('B01: is waited for no longer than handshakeTimeout; who is let in after that is gone again', async () => {
    const { app, url } = await serve();
    const answer = ask('GET', url + path);
    await gate.reached;
    await clock.advance(4_999);
    expect(await Promise.race([answer, turns(5).then(() => 'waiting')])).toBe('waiting');
    await clock.advance(1);
    expect(await answer).toMatchObject({ status: 503, body: expect.stringContaining('The connection was not authorized in time.') });
    gate.open();
    await turns(5);
    expect([ends, (await app.get(Channels).info()).sessions]).toEqual([[endpoint], 0]);
  });

  it('L03: does not hold up the end of the application: nobody is let in any more', async () => {
    const { app, url } = await serve();
    const answer = ask('GET', url + path);
    await gate.reached;
    const closed = app.close();
    expect(await answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: expect.stringContaining('The server is shutting down.'),
    });
    await closed;
    gate.open();
    await turns(5);
    expect([ends, (await app.get(Channels).info()).sessions]).toEqual([[endpoint], 0]);
  });
});
