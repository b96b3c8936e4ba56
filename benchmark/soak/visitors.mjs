import { setTimeout as delay } from 'node:timers/promises';
import { dialects } from '../load/dialects/index.mjs';
import { realtime } from '../load/dialects/realtime.mjs';
import { pollPhoenix } from './pollers.mjs';
import { archive, returnAfterCuts } from './returners.mjs';
import { Talk } from './talk.mjs';

const { json, messagepack, phoenix } = dialects;
const below = (bound) => Math.floor(Math.random() * bound);
const oneOf = (...all) => all[below(all.length)];

/** Opens a connection, does something with it, and is gone, whether that went well or not. */
async function visit(target, stay) {
  const talk = await Talk.open(target);
  try {
    return await stay(talk);
  } finally {
    talk.leave();
  }
}

/** What comes back has to be what was said. */
async function echo(talk, times) {
  for (let time = 0; time < times; time++) {
    const text = `text ${time}`;
    const heard = await talk.ask('Echo', text);
    if (heard !== text) throw new Error(`'${heard}' has come back for '${text}'.`);
  }
}

/** Says something in a group, and gets what is missed since a position, and the position now. */
async function remember(talk, group, { epoch, offset } = {}) {
  await talk.ask('JoinGroup', group);
  const since = epoch === undefined ? [] : [{ epoch, offset }];
  const position = await talk.ask('resume', group, ...since);
  await talk.ask('SendGroup', group, 'news');
  return position;
}

function expectCount(found, expected) {
  if (found !== expected) throw new Error(`${found} items have come, and not ${expected}.`);
}

/** The well-behaved, by what they do. Each of them is one life of a client. */
export const visitors = {
  callers: ({ port }) => visit({ port, dialect: oneOf(json, messagepack) }, (talk) => echo(talk, 1 + below(100))),

  negotiators: ({ port }) => visit({ port, dialect: json, isNegotiated: true }, (talk) => echo(talk, 5)),

  requesters: ({ port }) =>
    visit({ port, dialect: json, transport: oneOf('serverSentEvents', 'longPolling') }, (talk) => echo(talk, 1 + below(10))),

  readers: ({ port }) =>
    visit({ port, dialect: json }, async (talk) => {
      for (const method of ['Generate', 'Observe']) expectCount(await talk.stream(method, [0, 500]), 500);
      // Leaves in the midst of one without end.
      await talk.stream('Generate', [0, 1e9], 50);
    }),

  uploaders: ({ port }) =>
    visit({ port, dialect: json }, async (talk) => {
      const id = talk.id();
      const sum = talk.tell(json.call('Sum', [], id, ['items']), id);
      for (let item = 0; item < 300; item++) talk.say(json.record(json.item('items', item)));
      talk.say(json.record(json.end('items')));
      expectCount((await sum).count, 300);
      // Leaves in the midst of another one.
      talk.say(json.call('Sum', [], talk.id(), ['more']));
      for (let item = 0; item < 50; item++) talk.say(json.record(json.item('more', item)));
      await echo(talk, 1);
    }),

  members: ({ port }) =>
    visit({ port, dialect: json }, async (talk) => {
      for (let group = 0; group < 5; group++) await talk.ask('JoinGroup', `group ${below(200)}`);
      for (let time = 0; time < 10; time++) await talk.ask('SendGroup', `group ${below(200)}`, 'news');
      await delay(below(500));
    }),

  announcers: ({ port }) =>
    visit({ port, dialect: json }, async (talk) => {
      await talk.ask('Broadcast', 'to all');
      await delay(1_000);
    }),

  /** Leaves a group with a history, and asks later what it has missed. */
  historians: async ({ port }) => {
    const group = `archive ${below(20)}`;
    const position = await visit({ port, dialect: archive }, (talk) => remember(talk, group));
    await delay(below(500));
    const { epoch, offset } = await visit({ port, dialect: archive }, (talk) => remember(talk, group, position));
    if (epoch !== position.epoch || offset < position.offset) throw new Error(`The history of '${group}' has gone back.`);
  },

  returners: (world) => returnAfterCuts(world, 1 + below(4)),

  pollers: (world) => pollPhoenix(world, `room:${below(100)}`, oneOf(true, false)),

  realtimers: ({ port }) =>
    visit({ port, dialect: realtime }, async (talk) => {
      const tell = (kind, event, id) => talk.tell(realtime[kind](event, { text: 'text' }, id), id);
      await tell('presence', 'track', talk.id());
      for (let time = 0; time < 5; time++) await tell('broadcast', 'said', talk.id());
      if (oneOf(true, false)) await tell('presence', 'untrack', talk.id());
    }),

  guests: ({ port }) =>
    visit({ port, dialect: phoenix }, async (talk) => {
      const topics = Array.from({ length: 3 }, () => oneOf(`room:${below(100)}`, `crowd:${below(10)}`));
      for (const topic of topics) await enter(talk, topic);
      await talk.ask('Echo', 'text');
      await delay(below(300));
    }),
};

/** Joins a topic, does what one does there, and leaves it half of the times. */
async function enter(talk, topic) {
  const joinRef = talk.id();
  const say = (event, id) => talk.tell(Buffer.from(JSON.stringify([joinRef, id, topic, event, { text: 'text' }])), id);
  await talk.tell(phoenix.join(topic, joinRef), joinRef);
  const [come, go] = topic.startsWith('crowd:') ? ['Appear', 'Vanish'] : ['Echo', 'Broadcast'];
  // The answer to what gives nothing back is none: an answer to the next is enough.
  talk.say(Buffer.from(JSON.stringify([joinRef, null, topic, come, {}])));
  if (oneOf(true, false)) talk.say(Buffer.from(JSON.stringify([joinRef, null, topic, go, {}])));
  if (oneOf(true, false)) await say('phx_leave', talk.id());
}
