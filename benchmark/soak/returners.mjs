import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../load/client.mjs';
import { json } from '../load/dialects/signalr.mjs';
import { negotiate, openClient } from '../load/open.mjs';
import { Talk } from './talk.mjs';

const HANDSHAKE = Buffer.from('{"protocol":"json","version":2}\x1e');
const PING = Buffer.from('{"type":6}\x1e');
/** How long nobody is there after a cut, at the most, in milliseconds. */
const ABSENCE = 1_000;

/** The hub that keeps what its groups are sent, and whose clients may come back. */
export const archive = {
  ...json,
  path: '/archive',
  negotiation: 'useStatefulReconnect=true',
  greet: (client) => client.say(HANDSHAKE),
  greeted(client, bytes, start, end) {
    const next = json.greeted(client, bytes, start, end);
    client.say(PING);
    return next;
  },
};

/** Who comes back says which of its messages is the next, and says again what may be lost. */
const returning = (sequenceId, again) => ({
  ...archive,
  greet(client) {
    client.say(Buffer.concat([json.record(Buffer.from(JSON.stringify({ type: 9, sequenceId }))), again]));
    client.ready();
  },
});

/** What was missed comes along with the answer to the upgrade: it is listened to from the beginning. */
async function comeBack(talk, create) {
  const client = await openClient(() => {
    const created = create();
    talk.moveTo(created);
    return created;
  });
  talk.moveTo(client);
}

/** Is cut off in the midst of calls, and comes back to the same connection: each call has its answer. */
export async function returnAfterCuts({ port }, cuts) {
  const path = `${archive.path}?id=${await negotiate(port, archive)}`;
  const talk = new Talk(await openClient(() => new Client(port, archive, path)), archive);
  try {
    for (let number = 1; number <= cuts; number++) {
      const id = talk.id();
      const call = json.call('Echo', [`text ${id}`], id);
      const answer = talk.tell(call, id);
      talk.cut();
      await delay(Math.random() * ABSENCE);
      await comeBack(talk, () => new Client(port, returning(number, call), path));
      const heard = await answer;
      if (heard !== `text ${id}`) throw new Error(`'${heard}' has come back for 'text ${id}'.`);
    }
  } finally {
    talk.leave();
  }
}
