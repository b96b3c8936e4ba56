import { TEXT } from '../frames.mjs';
import { phoenix } from './phoenix.mjs';

const TOPIC = 'realtime:benchmark';
const JOIN = '1';
const CONFIG = { broadcast: { ack: true, self: true }, presence: { key: '', enabled: true } };

const frame = (ref, event, payload) => Buffer.from(JSON.stringify([JOIN, ref, TOPIC, event, payload]));

/** What Supabase's realtime-js speaks: everybody is in one topic. It is not measured: it has no calls. */
export const realtime = {
  ...phoenix,
  path: '/realtime/websocket?vsn=2.0.0',
  greet: (client) => client.say(frame(JOIN, 'phx_join', { config: CONFIG }), TEXT),
  greeted(client, bytes, start, end) {
    const { kind } = realtime.read(bytes.subarray(start, end));
    if (kind !== 'answer') throw new Error(`the join is answered by ${bytes.toString('utf8', start, end)}`);
    client.ready();
    return end;
  },
  broadcast: (event, payload, ref) => frame(ref, 'broadcast', { type: 'broadcast', event, payload }),
  presence: (event, payload, ref) => frame(ref, 'presence', { type: 'presence', event, payload }),
  read(bytes) {
    const [, id, , event, payload] = JSON.parse(bytes);
    if (event !== 'phx_reply') return { kind: 'event', target: event, value: payload };
    return payload.status === 'ok' ? { kind: 'answer', id, value: payload.response } : { kind: 'other' };
  },
};
