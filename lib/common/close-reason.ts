/** Why a connection ended, or is to end. */
export class CloseReason {
  /** Stable and for programs. */
  readonly code: CloseCode;
  /** For people and logs; it is not sent to the peer. */
  readonly text: string;
  /** Whether the peer is told that it may come back by itself. */
  readonly allowReconnect: boolean;
  /** Whether it makes sense to say anything more to the peer. One that has ended its own side may still be listening. */
  readonly peerCanHear: boolean;
  /** Calls that have arrived are still carried out. */
  readonly finishCalls: boolean;
  /** The peer said far more than it may, and would go on as before if it came back at once. */
  readonly isFlood: boolean;
  /** What went wrong, where something did; handed to `onDisconnected`. */
  readonly error: Error | undefined;
  /** A sentence of the application for the peer. */
  readonly textForPeer: string | undefined;
  /** The code of a WebSocket's close frame, where the application has chosen one. */
  readonly codeForPeer: number | undefined;

  /** @internal */
  constructor(code: CloseCode, causes: Causes & Particulars) {
    this.code = code;
    this.text = causes.text;
    this.allowReconnect = causes.allowReconnect;
    this.peerCanHear = causes.peerCanHear;
    this.finishCalls = causes.finishCalls;
    this.isFlood = causes.isFlood === true;
    this.error = causes.error;
    this.textForPeer = causes.textForPeer;
    this.codeForPeer = causes.codeForPeer;
  }
}

/** The closed list of causes. */
export type CloseCode =
  | 'client-closed'
  | 'transport-closed'
  | 'aborted'
  | 'disconnected'
  | 'expired'
  | 'user-changed'
  | 'shutdown'
  | 'handshake-failed'
  | 'connect-failed'
  | 'failed'
  | 'internal-error';

type Causes = Pick<CloseReason, 'text' | 'allowReconnect' | 'peerCanHear' | 'finishCalls'>;
type Particulars = Partial<Pick<CloseReason, 'isFlood' | 'error' | 'textForPeer' | 'codeForPeer'>>;

const EXPIRED = 'The authentication of this connection has expired.';

const causes: Record<CloseCode, Causes & Pick<Particulars, 'textForPeer'>> = {
  'client-closed': { text: 'The client closed the connection.', allowReconnect: false, peerCanHear: true, finishCalls: true },
  'transport-closed': { text: 'The transport ended.', allowReconnect: true, peerCanHear: true, finishCalls: true },
  aborted: { text: 'The server aborted the connection.', allowReconnect: false, peerCanHear: true, finishCalls: false },
  disconnected: { text: 'The server disconnected the client.', allowReconnect: false, peerCanHear: true, finishCalls: false },
  expired: { text: EXPIRED, textForPeer: EXPIRED, allowReconnect: true, peerCanHear: true, finishCalls: false },
  'user-changed': { text: 'The refresh came from another user.', allowReconnect: false, peerCanHear: true, finishCalls: false },
  shutdown: { text: 'The server is shutting down.', allowReconnect: true, peerCanHear: true, finishCalls: false },
  'handshake-failed': { text: 'The handshake failed.', allowReconnect: false, peerCanHear: true, finishCalls: false },
  'connect-failed': { text: 'onConnected failed.', allowReconnect: false, peerCanHear: true, finishCalls: false },
  failed: { text: 'The connection failed.', allowReconnect: true, peerCanHear: true, finishCalls: false },
  'internal-error': { text: 'The server made a mistake.', allowReconnect: true, peerCanHear: true, finishCalls: false },
};

/** The reason for `code`, with what is particular to this connection. */
export function closeReason(code: CloseCode, particular?: Partial<Causes> & Particulars): CloseReason {
  return new CloseReason(code, { ...causes[code], ...particular });
}

/** The same end, in which something was found to be wrong. */
export function failedBy({ text, allowReconnect, peerCanHear, finishCalls }: CloseReason, error: Error): CloseReason {
  return new CloseReason('failed', { text, allowReconnect, peerCanHear, finishCalls, error });
}
