import { lastValueFrom, tap } from 'rxjs';
import type { GatewayPeer, MessageHandler, Transform } from './gateway.peer.js';

/** A call of a message that a client waits for. */
export interface GatewayCall {
  readonly client: GatewayPeer;
  readonly data: unknown;
  /** Sends what the handler says besides its answer. */
  readonly emit: (event: string, data: unknown) => unknown;
}

/**
 * The last value of what a handler returned, or what it acknowledged by itself. Each `{ event, data }` among the values is sent as an event, as
 * other adapters do.
 */
export async function answerOf({ client, data, emit }: GatewayCall, handler: MessageHandler, transform: Transform): Promise<unknown> {
  let acknowledge!: (answer: unknown) => void;
  const acknowledged = new Promise<unknown>((resolve) => (acknowledge = resolve));
  const returned = handler.callback(data, acknowledge);
  const values = transform(returned as never).pipe(tap((value) => isEvent(value) && emit(value.event, value.data)));
  const result: unknown = await lastValueFrom(values, { defaultValue: undefined });
  if (handler.isAckHandledManually === true && !client.hasFailed) return acknowledged;
  return isEvent(result) ? result.data : result;
}

function isEvent(result: unknown): result is { event: string; data: unknown } {
  return typeof result === 'object' && result !== null && typeof (result as { event?: unknown }).event === 'string' && 'data' in result;
}
