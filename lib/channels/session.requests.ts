import { channelErrors, channelUseErrors } from '../common/channel-errors.js';
import { limitErrors } from '../common/limit-errors.js';
import { PendingAnswers, type AnswerErrors } from '../common/pending-answers.js';
import type { AskSettings } from './ask-settings.js';
import type { AnswerFrame } from './frames.js';
import type { MemberHome, TopicMember } from './topic.member.js';

/** The session whose client is asked. */
export interface RequestsHome extends MemberHome {
  /** Something may stand before the answer that is waited for. */
  relieve(): void;
}

/** What the client of one session was asked and has not answered yet. */
export class SessionRequests {
  private readonly answers: PendingAnswers;
  /** How many answers may still come, those among them that nobody waits for any more. */
  private owed = 0;

  constructor(private readonly home: RequestsHome) {
    const { clock, limits } = home.core.ground;
    this.answers = new PendingAnswers(clock, limits.pendingClientResults);
  }

  get isAwaited(): boolean {
    return this.answers.isAwaited;
  }

  /** Asks; rejects at once where the client cannot answer. */
  async ask(member: TopicMember, event: string, args: readonly unknown[], settings: AskSettings): Promise<unknown> {
    const { codec, core, dialect } = this.home;
    if (codec.request === undefined) throw channelUseErrors.cannotAnswer(dialect);
    if (member.status === 'joining') throw channelUseErrors.askedWhileJoining(member.topic);
    const { timeout = core.ground.clientResultTimeout, signal } = settings;
    const patience = { timeout, signal: AbortSignal.any([member.signal, ...(signal === undefined ? [] : [signal])]) };
    let asked = 0;
    const send = (id: number): void => {
      asked = id;
      this.send(member, id, event, args);
    };
    return this.answers.ask(
      send,
      patience,
      this.errorsOf(member, event, () => asked),
    );
  }

  /**
   * The client has answered.
   *
   * @returns false for one more answer than it was asked for.
   */
  complete({ id, status, payload }: AnswerFrame): boolean {
    if (status === 'ok') this.answers.resolve(id, payload);
    else this.answers.reject(id, channelErrors.answeredWithError(payload));
    const isOwed = this.owed > 0;
    if (isOwed) this.owed--;
    return isOwed;
  }

  /** The client is gone. */
  end(): void {
    this.answers.end(() => channelErrors.gone(this.home.id));
  }

  private send(member: TopicMember, id: number, event: string, args: readonly unknown[]): void {
    const document = this.home.codec.request?.(member, id, event, args);
    this.owed++;
    if (document !== undefined) this.home.send(document);
    this.home.relieve();
  }

  /** Who gives up says so to the client. */
  private errorsOf(member: TopicMember, event: string, asked: () => number): AnswerErrors {
    const giveUp = (error: Error): Error => {
      const document = this.home.codec.cancel?.(member, asked());
      if (document !== undefined) this.home.send(document);
      return error;
    };
    return {
      gone: () => channelErrors.gone(this.home.id),
      tooMany: (maximum) => {
        this.home.limited('pendingClientResults');
        return limitErrors.tooManyAsked(maximum, 'question');
      },
      canceled: () => giveUp(member.isLeft ? channelErrors.left(member.topic) : channelErrors.canceled()),
      timedOut: (timeout) => giveUp(channelErrors.notAnswered(event, timeout)),
    };
  }
}
