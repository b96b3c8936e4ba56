import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { dialects, echo, EventReader, type Counts } from './harness.js';
import { honestly, swapping, toTheFirst, type Mischief } from './mischief.js';
import { notice } from './mischievous-server.js';

/** What one connection has been told and has not fetched yet, and how it fetches it. */
interface Peer {
  waiting: string[];
  listener?: ServerResponse;
  hasPolled: boolean;
  readonly number: number;
}

const WELCOME = '{}\u001e';

let server: Server | undefined;

function hand(peer: Peer): void {
  const { listener } = peer;
  if (listener === undefined || peer.waiting.length === 0) return;
  const messages = peer.waiting.splice(0);
  if (!peer.hasPolled) return messages.forEach((message) => void listener.write(`data: ${message}\r\n\r\n`));
  peer.listener = undefined;
  listener.end(messages.join(''));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

/** The answer to one message of what a client has posted: its handshake, or a call. */
function answerTo(record: string): string {
  const { protocol, invocationId, arguments: given } = JSON.parse(record) as Record<string, string[] | string>;
  if (protocol !== undefined) return WELCOME;
  return `${JSON.stringify({ type: 3, invocationId, result: given[0] })}\u001e`;
}

/** The first poll is answered at once. */
function listen(peer: Peer, response: ServerResponse, isStream: boolean): void {
  if (isStream) response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\r\n');
  else if (!peer.hasPolled) response.end();
  peer.hasPolled = !isStream;
  peer.listener = response.writableEnded ? undefined : response;
  hand(peer);
}

function negotiate(response: ServerResponse, token: number): void {
  response.end(JSON.stringify({ connectionToken: String(token) }));
}

async function take(peer: Peer, request: IncomingMessage, response: ServerResponse, mischief: Mischief): Promise<void> {
  const body = await bodyOf(request);
  response.end();
  for (const answer of body.split('\u001e').slice(0, -1).map(answerTo))
    peer.waiting.push(...(answer === WELCOME ? [answer] : mischief(answer, peer.number)));
  hand(peer);
}

/** A server of `Echo` over both transports that does this mischief to its answers. */
async function serve(mischief: Mischief): Promise<number> {
  const peers: Peer[] = [];
  server = createServer((request, response) => {
    const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('id');
    const peer = peers[Number(id)];
    if (id === null) negotiate(response, peers.push({ waiting: [], number: peers.length, hasPolled: false }) - 1);
    else if (request.method === 'POST') void take(peer, request, response, mischief);
    else listen(peer, response, request.headers.accept === 'text/event-stream');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function noticed(transport: string, mischief: Mischief): Promise<Counts> {
  const port = await serve(mischief);
  const scenario = { connections: 2, outstanding: 2, transport };
  return notice(echo, { port, dialect: dialects.json, scenario });
}

const none = { wrong: 0, missing: 0, doubled: 0, outOfOrder: 0 };

describe.each(['serverSentEvents', 'longPolling'])('a load over %s', (transport) => {
  it('has nothing to say against a server that does what it should', async () => {
    expect(await noticed(transport, honestly)).toMatchObject({ total: 0 });
  });

  it('notices that something else was said', async () => {
    const lie = toTheFirst((message) => [message.replace('What', 'That')]);
    expect(await noticed(transport, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices what did not come, and what came twice', async () => {
    expect(
      await noticed(
        transport,
        toTheFirst(() => []),
      ),
    ).toMatchObject({ ...none, missing: 1 });
    server?.close();
    expect(
      await noticed(
        transport,
        toTheFirst((message) => [message, message]),
      ),
    ).toMatchObject({ ...none, doubled: 1 });
  });

  it('notices that two came in the wrong order', async () => {
    expect(await noticed(transport, swapping())).toMatchObject({ ...none, outOfOrder: 1 });
  });

  it('notices that its connection was cut', async () => {
    const cut = toTheFirst(() => {
      server?.closeAllConnections();
      return [];
    });
    expect((await noticed(transport, cut)).samples[0]).toMatch(/^wrong: /);
  });
});

describe('an event stream', () => {
  it('is read wherever a read cuts it, whatever ends its lines', () => {
    const bytes = Buffer.from(':\r\ndata: one\u001e\r\n\r\n: nothing\n\ndata: é\ndata: two\n\n');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const payloads: string[] = [];
      const reader = new EventReader((payload) => payloads.push(String(payload)));
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) reader.push(part);
      expect(payloads).toEqual(['one\u001e', 'é\ntwo']);
    }
  });
});
