import { EVERYONE, type Address } from '../delivery/address.js';
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

  /** @internal */
  constructor(hub: HubClass, calls: RecordedCall[] = []) {
    super(recordingSource(hub, calls));
    this.calls = calls;
  }
}

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

function recordingSource(hub: HubClass, calls: RecordedCall[]): ClientsSource {
  const audience = { send: record(hub, calls), report: () => undefined };
  return { hub: () => audience, check: () => undefined, of: (other) => recordingSource(other, calls) };
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
