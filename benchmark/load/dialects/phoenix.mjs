import { TEXT } from '../frames.mjs';

const TOPIC = 'room:benchmark';
/** Everybody joins once, under this ref. */
const JOIN = '1';

const frame = (joinRef, ref, topic, event, payload) => Buffer.from(JSON.stringify([joinRef, ref, topic, event, payload]));
const reply = (ref, topic, response, joinRef) => frame(joinRef, ref, topic, 'phx_reply', { status: 'ok', response });

/** What Phoenix' clients speak, in version 2.0.0 of their serializer: everybody is in one topic. */
export const phoenix = {
  path: '/socket/websocket?vsn=2.0.0',
  hasIds: true,
  opcode: TEXT,
  greet: (client) => client.say(frame(JOIN, JOIN, TOPIC, 'phx_join', {})),
  greeted(client, bytes, start, end) {
    const answer = bytes.toString('utf8', start, end);
    if (answer !== reply(JOIN, TOPIC, {}, JOIN).toString()) throw new Error(`the join is answered by ${answer}`);
    client.ready();
    return end;
  },
  cut: (bytes, start, end, client) => client.hear(bytes, start, end),
  call: (event, [text], id = null) => frame(JOIN, id, TOPIC, event, { text }),
  answer: (event, id, text) => reply(id, TOPIC, { text }, JOIN),
  event: (event, text) => frame(null, null, TOPIC, event, { text }),
  join: (topic, ref) => frame(ref, ref, topic, 'phx_join', {}),
  joined: (topic, ref) => reply(ref, topic, {}, ref),
  leave: (topic, ref) => frame(ref, ref, topic, 'phx_leave', {}),
  closed: (topic, ref) => frame(ref, ref, topic, 'phx_close', {}),
  read(bytes) {
    const [, id, , event, payload] = JSON.parse(bytes);
    if (event !== 'phx_reply') return { kind: 'event', target: event, value: payload.text };
    return payload.status === 'ok' ? { kind: 'answer', id, value: payload.response.text } : { kind: 'other' };
  },
};
