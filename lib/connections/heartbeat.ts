/** The two times that a connection keeps, on the clock's scale, to the second. */
export interface Pulse {
  /** When something was last sent. */
  lastSent: number;
  /** When the peer was last heard or, while the server keeps it waiting, excused. */
  lastReceived: number;
}

/** Speak when idle: whether it is time to send a ping. */
export function isIdle(pulse: Pulse, now: number, keepAliveInterval: number): boolean {
  return now - pulse.lastSent >= keepAliveInterval;
}

/** Close when silent: whether the peer has been quiet for too long. */
export function isSilent(pulse: Pulse, now: number, clientTimeoutInterval: number): boolean {
  return now - pulse.lastReceived > clientTimeoutInterval;
}
