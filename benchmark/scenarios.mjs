import { SUBJECT, YARDSTICK } from './peers.mjs';

/** What a row has to reach, and what it would like to: a ratio to a peer of the same run, or with no peer the figure itself. It is the
 * hub's, unless it is said whose it is. */
const against = (peer) => (target, aim) => ({ to: peer, target, aim });
const ratio = against(YARDSTICK);
const figure = against(undefined);

/** MessagePack has no peers among the gateways; it is held against JSON in the same run. */
const goalToJson = { target: 1.15, aim: 1.0 };

/** Messages cost the server time: user and system, of all its threads. */
const perMessage = (title, goal) => [{ title, figure: 'cpuMicroseconds', digits: 2, goal, goalToJson }];

/** Of streams an operation is an item: they are counted in tenths of a microsecond. */
const perItem = (title, goal) => [{ title, figure: 'cpuMicroseconds', digits: 3, goal, goalToJson }];

const gateways = ['gateway-ws', 'gateway-socket-io'];
const othersThanHub = [YARDSTICK, ...gateways];

/** What a client that may come back is to cost more than one that may not. */
const resumable = { of: 'resumable', ...against(SUBJECT)(1.2, 1.1) };

/** Without a bound on calls it is the application's own: a flood is served like anybody's calls. */
const limited = { of: 'limited', ...figure(1.2, 1.0) };

const bothProtocols = ['json', 'messagepack'];

/**
 * What is measured. Each scenario is one measurement and gives one row or several.
 *
 * `load` names the function in load/ that does it, and the rest is for that function; `without` are the peers that have no such
 * thing, and `guests` those that take part here beside the ones that always do.
 */
export const scenarios = [
  {
    name: 'echo-1',
    load: 'echo',
    connections: 50,
    outstanding: 1,
    protocols: bothProtocols,
    rows: perMessage('echo, 50 connections, 1 outstanding: µs per call', ratio(1.15, 1.0)),
  },
  {
    name: 'echo-16',
    load: 'echo',
    connections: 50,
    outstanding: 16,
    protocols: bothProtocols,
    rows: perMessage('echo, 50 connections, 16 outstanding: µs per call', ratio(0.45, 0.33)),
  },
  {
    name: 'broadcast-1000',
    load: 'fanOut',
    connections: 1_000,
    guests: ['floor'],
    protocols: bothProtocols,
    rows: perMessage('broadcast to 1,000: µs per delivery', ratio(0.8, 0.75)),
  },
  {
    name: 'broadcast-5000',
    load: 'fanOut',
    connections: 5_000,
    guests: ['floor'],
    protocols: bothProtocols,
    rows: perMessage('broadcast to 5,000: µs per delivery', ratio(0.8, 0.75)),
  },
  {
    name: 'groups',
    load: 'fanOut',
    connections: 1_000,
    groups: 100,
    guests: ['floor'],
    protocols: bothProtocols,
    rows: perMessage('100 groups of 10: µs per delivery', ratio(0.9, 0.82)),
  },
  {
    name: 'stream-generator',
    load: 'stream',
    method: 'Generate',
    connections: 50,
    without: gateways,
    protocols: bothProtocols,
    rows: perItem('stream from an async generator: µs per item', ratio(0.1, 0.05)),
  },
  {
    name: 'stream-observable',
    load: 'stream',
    method: 'Observe',
    connections: 50,
    without: gateways,
    protocols: bothProtocols,
    rows: perItem('stream from an Observable: µs per item', ratio(0.1, 0.05)),
  },
  {
    name: 'upload',
    load: 'upload',
    connections: 50,
    without: gateways,
    protocols: bothProtocols,
    rows: perItem('upload, 100 items a frame: µs per item', ratio(1.4, 1.0)),
  },
  {
    name: 'sse',
    load: 'echo',
    transport: 'serverSentEvents',
    connections: 50,
    outstanding: 1,
    without: othersThanHub,
    protocols: ['json'],
    rows: perMessage('echo over Server-Sent Events: µs per call'),
  },
  {
    name: 'long-polling',
    load: 'echo',
    transport: 'longPolling',
    connections: 50,
    outstanding: 1,
    without: othersThanHub,
    protocols: bothProtocols,
    rows: perMessage('echo over long polling: µs per call'),
  },
  {
    name: 'resumable-echo-1',
    load: 'echo',
    connections: 50,
    outstanding: 1,
    without: othersThanHub,
    guests: ['resumable'],
    protocols: ['json'],
    rows: perMessage('echo, 1 outstanding, stateful reconnect: µs per call', resumable),
  },
  {
    name: 'resumable-echo-16',
    load: 'echo',
    connections: 50,
    outstanding: 16,
    without: othersThanHub,
    guests: ['resumable'],
    protocols: ['json'],
    rows: perMessage('echo, 16 outstanding, stateful reconnect: µs per call', resumable),
  },
  {
    name: 'resumable-broadcast',
    load: 'fanOut',
    connections: 1_000,
    without: othersThanHub,
    guests: ['resumable'],
    protocols: ['json'],
    rows: perMessage('broadcast to 1,000, stateful reconnect: µs per delivery', resumable),
  },
  {
    name: 'resumable-idle',
    load: 'idle',
    connections: 5_000,
    isNegotiated: true,
    without: othersThanHub,
    guests: ['resumable'],
    protocols: ['json'],
    rows: [{ title: '5,000 idle connections, stateful reconnect: KiB each, after gc', figure: 'kibibytes', digits: 1, goal: resumable }],
  },
  {
    name: 'channel-broadcast',
    load: 'fanOut',
    connections: 1_000,
    without: gateways,
    guests: ['channel'],
    protocols: ['json'],
    rows: perMessage('broadcast to 1,000 in one topic: µs per delivery', { of: 'channel', ...against(SUBJECT)(1.2, 1.0) }),
  },
  {
    name: 'channel-echo',
    load: 'echo',
    connections: 50,
    outstanding: 16,
    without: gateways,
    guests: ['channel'],
    protocols: ['json'],
    rows: perMessage('push and its reply, 50 connections, 16 outstanding: µs'),
  },
  {
    name: 'channel-join',
    load: 'join',
    connections: 50,
    topics: 10,
    without: [SUBJECT, ...othersThanHub],
    guests: ['channel'],
    protocols: ['json'],
    rows: perMessage('join a topic and leave it: µs'),
  },
  {
    name: 'channel-idle',
    load: 'idle',
    connections: 5_000,
    without: gateways,
    guests: ['channel'],
    protocols: ['json'],
    rows: [
      { title: '5,000 connections in one topic: KiB each, after gc', figure: 'kibibytes', digits: 1 },
      { title: 'connect and join: µs of CPU', figure: 'connectMicroseconds', digits: 0 },
    ],
  },
  {
    name: 'idle',
    load: 'idle',
    connections: 5_000,
    protocols: ['json'],
    rows: [
      { title: '5,000 idle connections: KiB each, after gc', figure: 'kibibytes', digits: 1, goal: figure(12, 10) },
      { title: 'connect: µs of CPU', figure: 'connectMicroseconds', digits: 0, goal: ratio(1.4, 1.15) },
    ],
  },
  {
    name: 'slow-client',
    load: 'slowClient',
    connections: 1_000,
    without: gateways,
    guests: ['limited'],
    protocols: ['json'],
    rows: [
      {
        title: '1,000 that behave beside one that never reads and one that floods: p99 by p99 alone',
        figure: 'p99Ratio',
        digits: 2,
        goal: limited,
      },
      { title: 'p99 of 1,000 that behave, alone: µs', figure: 'p99Alone', digits: 0 },
      { title: 'p99 of 1,000 that behave, beside the two: µs', figure: 'p99Beside', digits: 0 },
    ],
  },
  {
    name: 'negotiate',
    load: 'idle',
    connections: 5_000,
    isNegotiated: true,
    without: gateways,
    protocols: ['json'],
    rows: [{ title: 'negotiate and connect: µs of CPU', figure: 'connectMicroseconds', digits: 0 }],
  },
  {
    name: 'start',
    load: 'start',
    // A start is short and noisy, and over at once.
    repeats: 5,
    protocols: ['json'],
    rows: [
      { title: 'start to listening: ms', figure: 'startMilliseconds', digits: 0, goal: against('gateway-ws')(1.0, 0.9) },
      { title: 'start to listening: ms of CPU', figure: 'startCpuMilliseconds', digits: 0 },
    ],
  },
];
