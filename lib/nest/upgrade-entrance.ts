import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isThenable } from '../common/thenable.js';
import type { Admission, Admitted, AuthenticatedRequest, Doorman } from './connect-gate.js';
import { isAllowedOrigin, WRONG_ORIGIN } from './cross-origin.js';
import { answerUpgrade, type HttpAnswer } from './http-answer.js';
import type { Refusals } from './refusals.js';
import type { Served } from './served.js';
import type { UpgradeHandler } from './upgrade-router.js';

/** An upgrade on its way in. */
export interface Visitor {
  readonly request: AuthenticatedRequest;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** For guards, which may write headers: they go out with a refusal. Dear, and not there where nobody is asked. */
  readonly response: ServerResponse | undefined;
}

/** What is served at the path of an upgrade. */
export interface UpgradeTarget {
  readonly served: Served;
  /** Opens a connection to who may enter, or says what to answer. */
  open(visitor: Visitor, admitted: Admitted): HttpAnswer | undefined | Promise<HttpAnswer | undefined>;
}

/** Finds what is served at the path of an upgrade. */
export type UpgradeFinder = (request: IncomingMessage) => UpgradeTarget | undefined;

/** The door of WebSockets: whoever passes the gate is led to what is served at its path. */
export class UpgradeEntrance {
  constructor(
    private readonly find: UpgradeFinder,
    private readonly doorman: Doorman,
    private readonly refusals: Refusals,
  ) {}

  /** Who takes an upgrade; undefined where its path is nobody's here. */
  readonly claim = (request: IncomingMessage): UpgradeHandler | undefined => {
    const target = this.find(request);
    if (target === undefined) return undefined;
    return (upgrade, socket, head) => {
      const response = target.served.gate.asksWho ? new ServerResponse(upgrade) : undefined;
      this.enter(target, { request: upgrade, socket, head, response });
    };
  };

  private enter(target: UpgradeTarget, visitor: Visitor): void {
    const { request, socket, response } = visitor;
    const { served } = target;
    // A peer may vanish while its guards are asked.
    socket.on('error', nothing);
    if (!isAllowedOrigin(served, request)) return this.send(target, visitor, WRONG_ORIGIN);
    const admission = this.doorman.admit(served, request, response);
    if (!isThenable(admission)) return this.decide(target, visitor, admission);
    admission.then(
      (known) => this.decide(target, visitor, known),
      (error: unknown) => giveUp(target, visitor, error),
    );
  }

  /** What fails here must cost one peer alone, which is not to wait for ever. */
  private decide(target: UpgradeTarget, visitor: Visitor, admission: Admission): void {
    try {
      const answer = visitor.socket.writable ? answerTo(target, visitor, admission) : undefined;
      if (isThenable(answer))
        answer.then((known) => this.send(target, visitor, known)).catch((error: unknown) => giveUp(target, visitor, error));
      else this.send(target, visitor, answer);
    } catch (error) {
      giveUp(target, visitor, error);
    }
  }

  private send({ served }: UpgradeTarget, { request, socket, response }: Visitor, answer: HttpAnswer | undefined): void {
    if (answer === undefined) return;
    answerUpgrade(socket, answer, response?.getHeaders());
    this.refusals.tell(served, request, answer, 'WebSocket');
  }
}

/** From now on somebody else listens to a visitor's errors. */
export function handOver({ socket }: Visitor): void {
  socket.off('error', nothing);
}

function answerTo(target: UpgradeTarget, visitor: Visitor, admission: Admission): HttpAnswer | undefined | Promise<HttpAnswer | undefined> {
  return admission.refusal ?? target.open(visitor, admission);
}

function giveUp({ served }: UpgradeTarget, { socket }: Visitor, error: unknown): void {
  served.endpoint.report('answering an upgrade', error);
  socket.destroy();
}

function nothing(): void {}
