import { TEXT } from '../frames.mjs';

/** What gateways on `platform-ws` speak: an event and its data. An answer names no call, so the number stands in the data alone. */
export const nestWs = {
  path: '/',
  hasIds: false,
  opcode: TEXT,
  greet: (client) => client.ready(),
  cut: (bytes, start, end, client) => client.hear(bytes, start, end),
  call: (event, given) => Buffer.from(JSON.stringify({ event, data: given.length === 1 ? given[0] : given })),
  answer: (event, id, data) => Buffer.from(JSON.stringify({ event, data })),
  event: (event, data) => Buffer.from(JSON.stringify({ event, data })),
  read(bytes) {
    const { event, data } = JSON.parse(bytes);
    return event === 'Message' ? { kind: 'event', target: event, value: data } : { kind: 'answer', value: data };
  },
};
