import type { Transport } from './transport.js';

/** Stands in for the transport of a peer that is away. What is written to it is lost; what must not be is kept elsewhere. */
export const ABSENT: Transport = {
  name: 'WebSockets',
  bufferedAmount: 0,
  onceDrained: () => undefined,
  write: () => undefined,
  writeShared: () => undefined,
  setFormat: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  close: () => undefined,
};
