import { describe, expect, it } from '@jest/globals';
import { dialects, echo, join, type Counts, type Load } from './harness.js';
import { honestly, toTheFirst, type Mischief } from './mischief.js';
import { listen, notice } from './mischievous-server.js';

type Frame = [joinRef: string, ref: string, topic: string, event: string, payload: object];

/** What a server says to a frame. */
function answersTo([joinRef, ref, topic, event, payload]: Frame): string[] {
  const response = event.startsWith('phx_') ? {} : payload;
  const reply = JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response }]);
  return event === 'phx_leave' ? [reply, JSON.stringify([joinRef, joinRef, topic, 'phx_close', {}])] : [reply];
}

/** A server that does this mischief to what it sends after the first join of each client. */
function serve(mischief: Mischief): Promise<number> {
  return listen((socket) => {
    let isGreeted = false;
    socket.on('message', (data: Buffer) => {
      for (const answer of answersTo(JSON.parse(data.toString()) as Frame))
        for (const each of isGreeted ? mischief(answer, 0) : [answer]) socket.send(each);
      isGreeted = true;
    });
  });
}

async function noticed(load: Load, mischief: Mischief): Promise<Counts> {
  const port = await serve(mischief);
  const scenario = { connections: 2, outstanding: 1, topics: 1 };
  return notice(load, { port, dialect: dialects['phoenix'], scenario });
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
