/** The servers that are compared: what each is called, and which dialect it speaks for each protocol. A guest takes part where a scenario asks for it. */
export const peers = {
  hub: { title: 'hub', server: 'hub.mjs', dialects: { json: 'json', messagepack: 'messagepack' } },
  naive: { title: 'naive `ws`', server: 'naive.mjs', dialects: { json: 'json', messagepack: 'messagepack' } },
  floor: {
    title: 'floor: a bare write each',
    server: 'floor.mjs',
    dialects: { json: 'json', messagepack: 'messagepack' },
    isGuest: true,
  },
  resumable: { title: 'hub, clients may come back', server: 'hub-resumable.mjs', dialects: { json: 'resumable' }, isGuest: true },
  limited: { title: 'hub, calls are limited', server: 'hub-limited.mjs', dialects: { json: 'json' }, isGuest: true },
  channel: { title: 'channel, Phoenix', server: 'channel.mjs', dialects: { json: 'phoenix' }, isGuest: true },
  'gateway-ws': { title: 'gateway, `platform-ws`', server: 'gateway-ws.mjs', dialects: { json: 'nest-ws' } },
  'gateway-socket-io': { title: 'gateway, `platform-socket.io`', server: 'gateway-socket-io.mjs', dialects: { json: 'socket-io' } },
};

/** The one that the benchmark is about. */
export const SUBJECT = 'hub';

/** The one that the others are held against. */
export const YARDSTICK = 'naive';

/** The ones that the subject has to beat wherever they appear. */
export const RIVALS = ['gateway-ws', 'gateway-socket-io'];
