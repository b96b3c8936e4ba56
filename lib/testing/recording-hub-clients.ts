import { useErrors } from '../common/use-errors.js';
import { EVERYONE, type Address } from '../delivery/address.js';
import type { AnsweredMethod, Audience } from '../hubs/client-proxy.js';
import { HubClients, type ClientsSource } from '../hubs/hub.clients.js';
import type { HubClass } from '../hubs/hub.source.js';
import type { InvocationMessage } from '../protocol/messages.js';

/** Whom a recorded call was for. */
export interface RecordedRecipients {
  /** Everybody. */
  readonly all: boolean;
  readonly groups: readonly string[];
  readonly users: readonly string[];
  readonly connections: readonly string[];
  /** The connections that were left out. */
  readonly except: readonly string[];
}

/** A call that a tested class made to clients. */
export interface RecordedCall {
  /** The hub whose clients were called. */
  readonly hub: HubClass;
  readonly to: RecordedRecipients;
  readonly method: string;
  readonly arguments: readonly unknown[];
}

/** `HubClients` that call nobody and keep what was said. */
export class RecordingHubClients<T = unknown> extends HubClients<T> {
  /** Everything that was sent, in order. */
  readonly calls: RecordedCall[];
  private readonly answers: Answers;

  /** @internal */
  constructor(hub: HubClass, calls: RecordedCall[] = [], answers: Answers = new Map()) {
    super(recordingSource(hub, calls, answers));
    this.calls = calls;
    this.answers = answers;
  }

  /** Says what clients answer from now on, when they are asked by `invoke`. Without an answer `invoke` rejects. */
  answer(method: AnsweredMethod<T>, answer: (...args: unknown[]) => unknown): void {
    this.answers.set(method, answer);
  }
}

type Answers = Map<string, (...args: unknown[]) => unknown>;

/**
 * Stands in for the `HubClients` of a hub where a class that uses them is tested alone.
 *
 * @example
 * const clients = recordingHubClients<ChatClient>(ChatHub);
 * await new Announcer(clients).announce('Hello');
 * expect(clients.calls).toMatchObject([{ to: { all: true }, method: 'messageReceived', arguments: ['Hello'] }]);
 */
export function recordingHubClients<T = unknown>(hub: HubClass): RecordingHubClients<T> {
  return new RecordingHubClients<T>(hub);
}

function recordingSource(hub: HubClass, calls: RecordedCall[], answers: Answers): ClientsSource {
  const send = record(hub, calls);
  const audience: Audience = {
    send,
    async invoke(address, message) {
      await send(address, message);
      const answer = answers.get(message.target);
      if (answer === undefined) throw useErrors.noAnswer(message.target);
      return answer(...message.arguments);
    },
    report: () => undefined,
  };
  return { hub: () => audience, check: () => undefined, of: (other) => recordingSource(other, calls, answers) };
}

function record(hub: HubClass, calls: RecordedCall[]): (address: Address, message: InvocationMessage) => Promise<void> {
  return async (address, message) => {
    calls.push({ hub, to: recipientsOf(address), method: message.target, arguments: message.arguments });
  };
}

function recipientsOf({ names, except = new Set() }: Address): RecordedRecipients {
  const ofKind = (kind: string): string[] => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(1));
  return { all: names.includes(EVERYONE), groups: ofKind('g'), users: ofKind('u'), connections: ofKind('c'), except: [...except] };
}
