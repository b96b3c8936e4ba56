import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { dialects, echo, join, type Counts, type Load, type Usage } from './harness.js';
import { honestly, toTheFirst, type Mischief } from './mischief.js';

type Frame = [joinRef: string, ref: string, topic: string, event: string, payload: object];

let server: WebSocketServer | undefined;

/** What a server says to a frame. */
function answersTo([joinRef, ref, topic, event, payload]: Frame): string[] {
  const response = event.startsWith('phx_') ? {} : payload;
  const reply = JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response }]);
  return event === 'phx_leave' ? [reply, JSON.stringify([joinRef, joinRef, topic, 'phx_close', {}])] : [reply];
}

/** A server that does this mischief to what it sends after the first join of each client. */
async function serve(mischief: Mischief): Promise<number> {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' }).on('connection', (socket) => {
    let isGreeted = false;
    socket.on('message', (data: Buffer) => {
      for (const answer of answersTo(JSON.parse(data.toString()) as Frame))
        for (const each of isGreeted ? mischief(answer, 0) : [answer]) socket.send(each);
      isGreeted = true;
    });
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  server?.close();
  server = undefined;
});

const usage = (): Promise<Usage> => Promise.resolve({ user: 0, system: 0, total: 0 });
/** What never comes is waited for twice in each test. */
const timing = { warmUp: 0.005, seconds: 0.005, patience: 200 };

async function noticed(load: Load, mischief: Mischief): Promise<Counts> {
  const port = await serve(mischief);
  const scenario = { connections: 2, outstanding: 1, topics: 1 };
  const { faults } = await load({ usage }, { port, dialect: dialects['phoenix'], scenario, timing });
  return faults.toJSON();
}

describe.each([
  ['joins', join],
  ['pushes to a channel', echo],
])('a load of %s', (_, load) => {
  it('has nothing to say against a server that does what it should', async () => {
    expect(await noticed(load, honestly)).toMatchObject({ total: 0 });
  });

  it('notices an answer that never comes', async () => {
    expect(
      (
        await noticed(
          load,
          toTheFirst(() => []),
        )
      ).total,
    ).toBeGreaterThan(0);
  });

  it('notices an answer that comes twice', async () => {
    expect(
      (
        await noticed(
          load,
          toTheFirst((message) => [message, message]),
        )
      ).total,
    ).toBeGreaterThan(0);
  });

  it('notices a refusal', async () => {
    const { wrong } = await noticed(
      load,
      toTheFirst((message) => [message.replace('"ok"', '"error"')]),
    );
    expect(wrong).toBeGreaterThan(0);
  });
});
