/** Why a socket has left its topic. */
export const LeaveReason = {
  /** The client left, or `socket.leave()` was called. */
  Leave: 'leave',
  /** The client joined the same topic again: another socket takes this one's place. */
  Rejoin: 'rejoin',
  /** The connection ended, or the topic was closed. */
  Close: 'close',
} as const;

/** Why a socket has left its topic. */
export type LeaveReason = (typeof LeaveReason)[keyof typeof LeaveReason];
