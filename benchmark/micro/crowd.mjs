import { setImmediate as turn } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { Presence, SignalRServer } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { makeApp, SOCKET_PATH } from '../servers/benchmark-channel.mjs';
import { quiet, untilHeard } from './hearing.mjs';

const TOPIC = 'crowd:benchmark';
const PEOPLE = 10_000;
/** Milliseconds, longer than the pauses that follow what is told to so many, of many or of one, and than a newcomer has to wait. */
const PAUSES = { ofMany: 5_000, ofOne: 2_000, newcomer: 200 };
/** Those who come and go while they are counted. */
const VISITS = 100;

/** A WebSocket in memory, of a browser's kind: what it says is an event, what it is told is counted. */
class MemorySocket extends EventTarget {
  binaryType = 'nodebuffer';
  readyState = 1;
  bufferedAmount = 0;
  heard = 0;

  send() {
    this.heard++;
  }

  say(...message) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }

  close() {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}

let crowd;

/** Ten thousand in one topic, each with a presence of its own: made once for all that is asked of them. */
async function gather() {
  const clock = new FakeClock();
  const app = await NestFactory.createApplicationContext(makeApp({ clock }, { clientTimeoutInterval: 0 }), { logger: false });
  const server = app.get(SignalRServer);
  const sockets = Array.from({ length: PEOPLE }, () => new MemorySocket());
  for (const socket of sockets) void server.accept(`${SOCKET_PATH}/websocket?vsn=2.0.0`, socket);
  for (const socket of sockets) socket.say('1', '1', TOPIC, 'phx_join', {});
  await turn();
  for (const socket of sockets) socket.say('1', null, TOPIC, 'Appear', { name: 'somebody', device: 'browser' });
  for (let pause = 0; pause < PEOPLE / 500; pause++) await clock.advance(PAUSES.ofMany);
  await quiet();
  return { clock, sockets, presence: app.get(Presence) };
}

const gathered = () => (crowd ??= gather());

/** One of them goes, and comes again: an operation is telling one of the others one of the two. */
export async function changes() {
  const { clock, sockets } = await gathered();
  const [somebody, ...others] = sockets;
  const tell = async (event) => {
    const due = others.map(({ heard }) => heard + 1);
    somebody.say('1', null, TOPIC, event, { name: 'somebody', device: 'browser' });
    await clock.advance(PAUSES.ofOne);
    await untilHeard(others.at(-1), due.at(-1));
    const wrong = others.filter(({ heard }, index) => heard !== due[index]).length;
    if (wrong > 0) throw new Error(`${wrong} of ${others.length} people have heard too much or too little.`);
  };
  return {
    channel: async () => {
      await tell('Vanish');
      await tell('Appear');
      return 2 * others.length;
    },
  };
}

/** All of them are listed, page by page: an operation is one of them. */
export async function list() {
  const { presence } = await gathered();
  const work = async () => {
    let listed = 0;
    for (let page = await presence.list(TOPIC); ; page = await presence.list(TOPIC, { cursor: page.cursor })) {
      listed += page.length;
      if (page.cursor === undefined) break;
    }
    if (listed !== PEOPLE) throw new Error(`${listed} were listed.`);
    return listed;
  };
  return { channel: work };
}

/** One more comes in, is told who is there, and leaves: an operation is such a visit. */
export async function visits() {
  const { clock, sockets } = await gathered();
  const [visitor] = sockets;
  const visit = async () => {
    const due = visitor.heard + 4;
    visitor.say('1', '2', TOPIC, 'phx_leave', {});
    visitor.say('1', '1', TOPIC, 'phx_join', {});
    await turn();
    await clock.advance(PAUSES.newcomer);
    await untilHeard(visitor, due);
    if (visitor.heard !== due) throw new Error(`The visitor has heard ${visitor.heard - due} messages more than are due.`);
  };
  return {
    channel: async () => {
      for (let count = 0; count < VISITS; count++) await visit();
      return VISITS;
    },
  };
}
