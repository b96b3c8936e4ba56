import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Caller, Hub, HubClients, HubConnections, HubMethod, type HubCallerContext, type SignalRModuleOptions } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { moduleOf } from '../../support/app-of.js';
import { nextTurn, turns } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { EndingHub } from '../../support/hub-ending.js';
import { HANDSHAKE, invocation, record, SEPARATOR } from '../../support/hub-peer.js';
import { answerTo, HubRequests, messagesOf, type Answered } from '../../support/hub-requests.js';
import { HubSocket } from '../../support/hub-socket.js';
import { platforms, servedOn, type Platform } from '../../support/nest-platforms.js';

@Hub('/chat')
class ChatHub extends EndingHub {
  readonly gate = new Gate();

  @HubMethod()
  look(@Caller() { transport, url, connectionId }: HubCallerContext) {
    return { transport, url, connectionId };
  }

  @HubMethod()
  async wait() {
    await this.gate.pass();
  }

  @HubMethod()
  abort(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

const cacheHeaders = {
  'cache-control': 'no-cache, no-store',
  pragma: 'no-cache',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
const nothing = { status: 200, body: '', headers: { ...cacheHeaders, 'content-type': 'text/plain', 'content-length': '0' } };
const over = { status: 204, body: '', headers: { ...cacheHeaders, 'content-type': 'text/plain' } };
const unknown = { status: 404, body: 'No Connection with that ID', headers: { 'content-type': 'text/plain' } };

interface Served {
  readonly app: INestApplication;
  readonly hub: string;
  readonly clock: FakeClock;
  /** The next request that the server gets. */
  arrival(method?: string): Promise<ServerResponse>;
}

async function served(platform: Platform, options: SignalRModuleOptions = {}): Promise<Served> {
  const clock = new FakeClock();
  const { app, url } = await servedOn(platform, moduleOf([ChatHub], { clock, ...options }));
  const server = app.getHttpServer() as NodeJS.EventEmitter;
  const arrival = async (method = 'GET'): Promise<ServerResponse> => {
    for (;;) {
      const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
      // A few turns later it has passed the gate.
      await turns(5);
      if (request.method === method) return response;
    }
  };
  return { app, hub: `${url}/chat`, clock, arrival };
}

/** A poll that the server has and does not answer yet. */
async function pendingPoll({ arrival }: Served, client: HubRequests): Promise<{ answer: Promise<Answered> }> {
  const arrived = arrival();
  const answer = client.poll();
  await arrived;
  return { answer };
}

describe.each(platforms)('long polling on %s', (platform) => {
  it('A14: answers the first poll at once, with nothing; it begins the connection', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub);
    expect(await client.poll()).toMatchObject({
      status: 200,
      body: '',
      headers: { ...cacheHeaders, 'content-type': 'application/octet-stream', 'content-length': '0' },
    });
    expect(await client.post(HANDSHAKE)).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'text/plain' } });
    expect(await client.poll()).toMatchObject({
      status: 200,
      body: `{}${SEPARATOR}`,
      headers: { ...cacheHeaders, 'content-type': 'application/octet-stream', 'content-length': '3' },
    });
  });

  it('shows the first poll to the hub, for all of the connection', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub);
    const first = new URL(client.url);
    await answerTo(client.begin('GET').end());
    await client.post(HANDSHAKE);
    await client.poll();
    const [{ result }] = await client.ask('look');
    expect(result).toEqual({ transport: 'LongPolling', url: first.pathname + first.search, connectionId: client.connectionId });
  });

  it('finds the path and the names of the query without case', async () => {
    const { hub } = await served(platform);
    const client = await HubRequests.negotiated(hub);
    const odd = (await fetch(client.url.replace('/chat?id=', '/CHAT/?_=1&ID='))).status;
    expect(odd).toBe(200);
    expect((await client.post(HANDSHAKE)).status).toBe(200);
    expect((await client.poll()).body).toBe(`{}${SEPARATOR}`);
  });

  it('gives everything that waits in one answer, and answers a poll that waits as soon as there is something', async () => {
    const all = await served(platform);
    const client = await HubRequests.joined(all.hub);
    const clients = all.app.get(HubClients);
    for (const text of ['a', 'b', 'c']) {
      await clients.all.send('news', text);
      await nextTurn();
    }
    expect(messagesOf((await client.poll()).body).map((message) => (message['arguments'] as unknown[])[0])).toEqual(['a', 'b', 'c']);
    const { answer } = await pendingPoll(all, client);
    await clients.all.send('news', 'd');
    expect(messagesOf((await answer).body)).toMatchObject([{ arguments: ['d'] }]);
  });

  it('answers with nothing after pollTimeout, and the connection lives', async () => {
    const all = await served(platform, { longPolling: { pollTimeout: 20_000 } });
    const client = await HubRequests.joined(all.hub);
    const { answer } = await pendingPoll(all, client);
    await all.clock.advance(20_000);
    expect(await answer).toMatchObject(nothing);
    expect(await client.ask('echo', 1)).toMatchObject([{ result: 1 }]);
  });

  it('A10: answers an older poll with 204 when a newer one comes', async () => {
    const all = await served(platform);
    const client = await HubRequests.joined(all.hub);
    const { answer: older } = await pendingPoll(all, client);
    const { answer: newer } = await pendingPoll(all, client);
    expect(await older).toMatchObject(over);
    await client.post(record(invocation('1', 'echo', 'x')));
    expect(messagesOf((await newer).body)).toMatchObject([{ result: 'x' }]);
  });

  it('A10: answers a third poll at a time with 409', async () => {
    const all = await served(platform, { outbox: { maximum: 64 * 1_048_576 }, maximumReceiveMessageSize: 0 });
    const client = await HubRequests.joined(all.hub);
    // The first does not read what it gets.
    await all.app.get(HubClients).all.send('flood', 'x'.repeat(32 * 1_048_576));
    const first = client.begin('GET').end();
    const [stuck] = (await once(first, 'response')) as [IncomingMessage];
    const { answer: second } = await pendingPoll(all, client);
    expect(await client.poll()).toMatchObject({ status: 409, body: '', headers: { 'content-type': 'text/plain' } });
    stuck.resume();
    await once(stuck, 'end');
    await client.post(record(invocation('1', 'echo', 'x')));
    expect(messagesOf((await second).body)).toMatchObject([{ result: 'x' }]);
  });

  it('ends with 204 after what was left, and is nobody’s then', async () => {
    const { hub, app } = await served(platform);
    const client = await HubRequests.joined(hub);
    await client.post(record(invocation('1', 'echo', 'x')) + record(invocation('2', 'abort')));
    expect(messagesOf((await client.poll()).body)).toEqual([{ type: 3, invocationId: '1', result: 'x' }, { type: 7 }]);
    expect(await client.post(HANDSHAKE)).toMatchObject({ status: 404 });
    expect(await client.poll()).toMatchObject(over);
    expect(await client.poll()).toMatchObject(unknown);
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('ends a poll that waits when there is nothing left to say', async () => {
    const all = await served(platform);
    const client = await HubRequests.polling(all.hub);
    const { answer } = await pendingPoll(all, client);
    await client.delete();
    expect(await answer).toMatchObject(over);
  });

  it('keeps what is left at the end for disconnectTimeout, and no longer', async () => {
    const { hub, clock } = await served(platform, { disconnectTimeout: 5_000 });
    const clients = [await HubRequests.joined(hub), await HubRequests.joined(hub)];
    for (const client of clients) await client.post(record(invocation('1', 'abort')));
    await clock.advance(4_999);
    expect(messagesOf((await clients[0].poll()).body)).toMatchObject([{ type: 7 }]);
    await clock.advance(1);
    expect(await clients[1].poll()).toMatchObject(unknown);
  });

  it('A11: is ended by DELETE with 202, whether a poll waits or not, and though a call hangs', async () => {
    const all = await served(platform);
    const client = await HubRequests.joined(all.hub);
    await client.post(record(invocation('1', 'wait')));
    await all.app.get(ChatHub).gate.reached;
    const { answer } = await pendingPoll(all, client);
    expect(await client.delete()).toMatchObject({ status: 202, body: '', headers: { 'content-type': 'text/plain' } });
    expect(await answer).toMatchObject(over);
    for (const method of ['GET', 'POST', 'DELETE']) expect(await client.poll({}, method)).toMatchObject(unknown);
    const between = await HubRequests.joined(all.hub);
    expect((await between.delete()).status).toBe(202);
    expect(await between.poll()).toMatchObject(unknown);
    expect(await all.app.get(HubConnections).count()).toBe(0);
  });

  it('is given up after disconnectTimeout without a poll, and not a tick before', async () => {
    const { hub, app, clock } = await served(platform, { disconnectTimeout: 5_000 });
    const client = await HubRequests.joined(hub);
    await clock.advance(4_000);
    expect(await client.ask('echo', 1)).toMatchObject([{ result: 1 }]);
    await clock.advance(4_000);
    expect(await app.get(HubConnections).count()).toBe(1);
    await clock.advance(1_000);
    expect(await app.get(HubConnections).count()).toBe(0);
    expect(await client.poll()).toMatchObject(unknown);
    expect(app.get(ChatHub).ends).toEqual([undefined]);
  });

  it('is not given up while a poll waits, sends no pings, and expects none', async () => {
    const all = await served(platform, { disconnectTimeout: 5_000 });
    const client = await HubRequests.joined(all.hub);
    await client.post(record({ type: 6 }));
    const { answer } = await pendingPoll(all, client);
    await all.clock.advance(80_000);
    expect(await all.app.get(HubConnections).count()).toBe(1);
    await client.post(record(invocation('1', 'echo', 'x')));
    expect(messagesOf((await answer).body)).toEqual([{ type: 3, invocationId: '1', result: 'x' }]);
  });

  it('is given up when a poll that waits breaks off and no other comes', async () => {
    const { hub, app, clock, arrival } = await served(platform, { disconnectTimeout: 5_000 });
    const client = await HubRequests.joined(hub);
    const arrived = arrival();
    const poll = client.begin('GET').end();
    const response = await arrived;
    poll.destroy();
    await once(response, 'close');
    await clock.advance(4_000);
    expect(await app.get(HubConnections).count()).toBe(1);
    await clock.advance(1_000);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('is closed with an error when a client takes nothing of an answer for transportSendTimeout', async () => {
    const { hub, app, clock } = await served(platform, { transportSendTimeout: 3_000, outbox: { maximum: 64 * 1_048_576 } });
    const client = await HubRequests.joined(hub);
    await app.get(HubClients).all.send('flood', 'x'.repeat(32 * 1_048_576));
    await once(client.begin('GET').end(), 'response');
    await clock.advance(3_000);
    await app.get(ChatHub).gone.reached;
    expect(app.get(ChatHub).ends).toMatchObject([{ code: 'ERR_SIGNALR_SEND_TIMEOUT' }]);
    expect((await client.poll()).status).toBe(404);
  });

  it('times out the handshake, and says so in a poll', async () => {
    const all = await served(platform, { handshakeTimeout: 2_000 });
    const client = await HubRequests.polling(all.hub);
    const { answer } = await pendingPoll(all, client);
    await all.clock.advance(2_000);
    expect(messagesOf((await answer).body)).toEqual([{ error: 'Handshake was canceled.' }]);
    expect(await client.poll()).toMatchObject(over);
  });

  it('says goodbye in the poll that waits when the application ends, and holds up nothing', async () => {
    const all = await served(platform);
    const clients = await Promise.all(Array.from({ length: 20 }, () => HubRequests.joined(all.hub)));
    const polls = clients.map((client) => client.poll());
    await HubRequests.joined(all.hub);
    await turns(20);
    await all.app.close();
    for (const poll of polls) expect(messagesOf((await poll).body)).toEqual([{ type: 7, allowReconnect: true }]);
    expect(all.app.get(ChatHub).ends).toEqual(Array(21).fill(undefined));
  });
});

describe('what belongs to another transport', () => {
  it('is refused in a connection that polls', async () => {
    const { hub } = await served('Express');
    const client = await HubRequests.joined(hub);
    const refusal = { status: 400, body: 'Cannot change transports mid-connection' };
    expect(await client.poll({ Accept: 'text/event-stream' })).toMatchObject(refusal);
    expect(await HubSocket.refusal(client.url)).toEqual(refusal);
    expect(await client.ask('echo', 1)).toMatchObject([{ result: 1 }]);
  });

  it('A08, A11: is refused in a connection over a WebSocket', async () => {
    const { hub } = await served('Express');
    const client = await HubRequests.negotiated(hub);
    const socket = await HubSocket.join(client.url);
    const refusal = { status: 400, body: 'Cannot change transports mid-connection', headers: { 'content-type': 'text/plain' } };
    expect(await client.poll()).toMatchObject(refusal);
    expect(await client.poll({ Accept: 'text/event-stream' })).toMatchObject(refusal);
    expect(await client.post('x')).toMatchObject({ status: 405, body: 'POST requests are not allowed for WebSocket connections.' });
    expect(await client.delete()).toMatchObject({ status: 400, body: 'Cannot terminate this connection using the DELETE endpoint.' });
    expect(await socket.ask('echo', 1)).toMatchObject({ result: 1 });
  });
});
