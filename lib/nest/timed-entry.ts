import { EndpointEntry } from '../channels/channel.entry.js';
import type { SessionRefusal } from '../channels/dialect.js';
import type { Session } from '../channels/session.js';
import { closeReason } from '../common/close-reason.js';
import type { ServedChannels } from './channel.registry.js';
import type { Doorman } from './connect-gate.js';
import type { HttpAnswer } from './http-answer.js';

/** The way into an endpoint for clients: `onConnected` is waited for no longer than the handshake may take. */
export class TimedEntry extends EndpointEntry {
  constructor(
    { endpoint, entry }: ServedChannels,
    private readonly doorman: Doorman,
  ) {
    super(endpoint, entry.connections);
  }

  protected override async ask(session: Session): Promise<SessionRefusal | undefined> {
    const asked = super.ask(session);
    const answer = await this.doorman.within(asked, this.options.handshakeTimeout);
    if (answer === undefined || 'status' in answer) return answer;
    this.giveUp(session, asked).catch((error: unknown) => this.endpoint.report('turning a client away', error));
    return refusalOf(answer.refusal);
  }

  /** It leaves at once what it has joined. Whoever is let in after that finds nobody. */
  private async giveUp(session: Session, asked: Promise<SessionRefusal | undefined>): Promise<void> {
    await session.dissolve(closeReason('transport-closed'));
    if ((await asked) === undefined) this.abandon(session);
  }
}

function refusalOf({ status, body, headers }: HttpAnswer): SessionRefusal {
  const retryAfter = headers?.['Retry-After'];
  return { refusal: body, status, retryAfter: retryAfter === undefined ? undefined : Number(retryAfter) };
}
