import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { dialects, stream, upload, type Counts, type Load } from './harness.js';
import { honestly, swapping, toTheFirst, type Mischief } from './mischief.js';
import { listen, notice } from './mischievous-server.js';

interface Message {
  type: number;
  invocationId: string;
  arguments?: number[];
  item?: number;
}

const END = '{"type":3,"invocationId":"1"}\u001e';
const { json } = dialects;

/** Sends the numbers that were asked for, and says that these are all. */
function answerStream([first, count]: number[], send: (message: string) => void): void {
  for (let item = first; item < first + count; item++) send(`{"type":2,"invocationId":"1","item":${item}}\u001e`);
  send(END);
}

/** Counts the items of uploads, and answers when one is at its end. */
function countUploads(send: (message: string) => void): (message: Message) => void {
  let call = '';
  let result = { count: 0, sum: 0 };
  return ({ type, invocationId, item = 0 }) => {
    if (type === 2) result = { count: result.count + 1, sum: result.sum + item };
    if (type === 3) send(`${JSON.stringify({ type: 3, invocationId: call, result })}\u001e`);
    if (type !== 1) return;
    call = invocationId;
    result = { count: 0, sum: 0 };
  };
}

function serveSocket(socket: WebSocket, send: (message: string) => void): void {
  const take = countUploads(send);
  socket.once('message', () => {
    socket.send('{}\u001e');
    socket.on('message', (data: Buffer) => {
      for (const record of data.toString().split('\u001e').slice(0, -1)) {
        const message = JSON.parse(record) as Message;
        if (message.type === 4) answerStream(message.arguments ?? [], send);
        else take(message);
      }
    });
  });
}

/** A server that does this mischief to what it sends. */
function serve(mischief: Mischief): Promise<number> {
  let peers = 0;
  return listen((socket) => {
    const peer = peers++;
    serveSocket(socket, (message) => mischief(message, peer).forEach((each) => socket.send(each)));
  });
}

/** Puts a short load on a server that does this mischief, and says what was noticed. */
async function noticed(load: Load, mischief: Mischief): Promise<Counts> {
  const port = await serve(mischief);
  return notice(load, { port, dialect: json, scenario: { connections: 2, method: 'Generate' } });
}

/** Does it once, to the first message like this one. */
function toTheFirstOf(isMeant: (message: string) => boolean, mischief: (message: string) => string[]): Mischief {
  const doOnce = toTheFirst(mischief);
  return (message, peer) => (isMeant(message) ? doOnce(message, peer) : [message]);
}

const isEnd = (message: string): boolean => message === END;
const none = { wrong: 0, missing: 0, doubled: 0, outOfOrder: 0 };

describe('a load of streams', () => {
  it('has nothing to say against a server that does what it should', async () => {
    expect(await noticed(stream, honestly)).toMatchObject({ total: 0 });
  });

  it('takes items and ends that are written in another way', async () => {
    const spaced: Mischief = (message) => [message.replace('{', '{ ')];
    expect(await noticed(stream, spaced)).toMatchObject({ total: 0 });
  });

  it('notices an item that is another one', async () => {
    const lie = toTheFirst((message) => [message.replace('"item":1', '"item":2')]);
    expect(await noticed(stream, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices an item of another stream', async () => {
    const lie = toTheFirst((message) => [message.replace('"invocationId":"1"', '"invocationId":"2"')]);
    expect(await noticed(stream, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices an item that did not come', async () => {
    expect(
      await noticed(
        stream,
        toTheFirst(() => []),
      ),
    ).toMatchObject({ ...none, missing: 1 });
  });

  it('notices an item that came twice', async () => {
    expect(
      await noticed(
        stream,
        toTheFirst((message) => [message, message]),
      ),
    ).toMatchObject({ ...none, doubled: 1 });
  });

  it('notices that two items came in the wrong order', async () => {
    expect(await noticed(stream, swapping())).toMatchObject({ ...none, outOfOrder: 1 });
  });

  it('notices an item that came after the end', async () => {
    let last = '';
    const late: Mischief = (message, peer) => {
      if (peer !== 0 || isEnd(message)) return peer === 0 && last !== '' ? [message, last] : [message];
      const { item } = JSON.parse(message.slice(0, -1)) as Message;
      if (item !== 10_000_999) return [message];
      last = message;
      return [];
    };
    expect((await noticed(stream, late)).outOfOrder).toBe(1);
  });

  it('notices that an end did not come', async () => {
    const silence = toTheFirstOf(isEnd, () => []);
    expect(await noticed(stream, silence)).toMatchObject({ missing: 1, samples: ['missing: the end of a stream'] });
  });

  it('notices an end that came twice', async () => {
    let peersAtEnd = 0;
    const twice: Mischief = (message) => (isEnd(message) && ++peersAtEnd > 2 ? [message, message] : [message]);
    expect((await noticed(stream, twice)).doubled).toBeGreaterThan(0);
  });

  it('notices that a stream ended with an error, or with a result', async () => {
    for (const more of ['"error":"no"', '"result":1']) {
      const failing = toTheFirstOf(isEnd, (message) => [message.replace('}', `,${more}}`)]);
      expect(await noticed(stream, failing)).toMatchObject({ wrong: 1, missing: 1 });
    }
  });
});

describe('a load of uploads', () => {
  it('has nothing to say against a server that does what it should', async () => {
    expect(await noticed(upload, honestly)).toMatchObject({ total: 0 });
  });

  it.each([
    ['count', '"count":1000', '"count":999'],
    ['sum', '"sum":499500', '"sum":499501'],
  ])('notices a wrong %s', async (_, right, wrong) => {
    const lie = toTheFirst((message) => [message.replace(right, wrong)]);
    expect(await noticed(upload, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices an answer to another upload', async () => {
    const lie = toTheFirst((message) => [message.replace('10000000', '10000009')]);
    expect(await noticed(upload, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices that an upload was not answered, or twice', async () => {
    expect(
      await noticed(
        upload,
        toTheFirst(() => []),
      ),
    ).toMatchObject({ ...none, missing: 1 });
    expect(
      await noticed(
        upload,
        toTheFirst((message) => [message, message]),
      ),
    ).toMatchObject({ ...none, doubled: 1 });
  });
});

describe.each(['json', 'messagepack'])('the messages of streams in %s', (name) => {
  it('are read as they were written', () => {
    const { item, end, answer, read } = dialects[name];
    expect(read(item('1', 10_000_000))).toEqual({ kind: 'item', id: '1', value: 10_000_000 });
    expect(read(end('1'))).toEqual({ kind: 'end', id: '1' });
    expect(read(answer('Sum', '1', { count: 2, sum: 70_000 }))).toEqual({ kind: 'answer', id: '1', value: { count: 2, sum: 70_000 } });
  });
});
