/** The two times that a connection keeps, on the clock's scale, to the second. */
export interface Pulse {
  /** When something was last sent. */
  lastSent: number;
  /** When the peer was last heard or, while the server keeps it waiting, excused. */
  lastReceived: number;
}

/** The options of that name, in milliseconds. */
interface Rhythm {
  readonly keepAliveInterval: number;
  readonly clientTimeoutInterval: number;
}

/** Speak when idle: whether it is time to send a ping. */
export function isIdle(pulse: Pulse, now: number, keepAliveInterval: number): boolean {
  return now - pulse.lastSent >= keepAliveInterval;
}

/** Close when silent: whether the peer has been quiet for too long. */
export function isSilent(pulse: Pulse, now: number, clientTimeoutInterval: number): boolean {
  return now - pulse.lastReceived > clientTimeoutInterval;
}

/** What official clients do where nobody says otherwise: ping so often, and give up after so long a silence. */
const CLIENT_PINGS = 15_000;
const CLIENT_GIVES_UP = 30_000;

/** Times with which official clients would come and go for nothing, in words for whoever has set them. */
export function* heartbeatWarnings({ keepAliveInterval, clientTimeoutInterval }: Rhythm): Generator<string> {
  if (keepAliveInterval >= CLIENT_GIVES_UP)
    yield `keepAliveInterval is ${keepAliveInterval} ms, and official clients give up after ${CLIENT_GIVES_UP} ms of silence: set it to half of that, or let them wait longer by serverTimeoutInMilliseconds.`;
  if (clientTimeoutInterval <= CLIENT_PINGS)
    yield `clientTimeoutInterval is ${clientTimeoutInterval} ms, and official clients say that they are there every ${CLIENT_PINGS} ms: set it to twice that, or let them speak more often by keepAliveIntervalInMilliseconds.`;
}
