import { channelErrors, frameErrors } from '../common/channel-errors.js';
import { closeReason, type CloseReason } from '../common/close-reason.js';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Entrant } from '../connections/exchange.js';

/** Asks the guards and the authentication of an endpoint once more, with another token; rejects where they let nobody in. */
export type Readmission = (request: OpeningRequest, token: string) => Promise<Entrant>;

/** The session whose token it is. */
export interface TokenHome {
  readonly request: OpeningRequest | undefined;
  readonly userIdentifier: string | undefined;
  readonly isClosed: boolean;
  /** Undefined where nobody asks who somebody is. */
  readonly readmit: Readmission | undefined;
  /** It is this user's from now on; throws where that has too many connections already. */
  become(entrant: Entrant): void;
  close(reason: CloseReason): void;
}

/** The token by which guards know a session, and how another one takes its place. */
export class SessionToken {
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly home: TokenHome) {}

  /**
   * Takes another token, one after the other; the same again asks nobody. Who was nobody may become somebody. The token of somebody else ends the
   * session, for its sockets have come in as another.
   *
   * @returns rejects where it is not taken: then the session is who it was.
   */
  renew(token: string): Promise<void> {
    const renewed = this.turn.then(() => this.take(token));
    this.turn = renewed.catch(() => undefined);
    return renewed;
  }

  private async take(token: string): Promise<void> {
    const { request, readmit } = this.home;
    const authorization = `Bearer ${token}`;
    // Without a request the application has said itself who it is.
    if (request === undefined || request.headers.authorization === authorization) return;
    const entrant = await readmit?.(request, token);
    if (this.home.isClosed) throw frameErrors.closed();
    if (entrant !== undefined) this.admit(entrant);
    request.headers.authorization = authorization;
  }

  private admit(entrant: Entrant): void {
    const { userIdentifier } = this.home;
    if (userIdentifier === undefined || userIdentifier === entrant.userIdentifier) return this.home.become(entrant);
    this.home.close(closeReason('disconnected', { error: channelErrors.anotherUser(), allowReconnect: true }));
    throw frameErrors.closed();
  }
}
