import type { Type } from '@nestjs/common';
import { appFrom, moduleOf } from './app-of.js';
import { HubPeer } from './hub-peer.js';

/** A client of a hub in an application of its own, with the other providers that it needs. */
export async function peerOf(hub: Type, ...providers: object[]): Promise<HubPeer> {
  const app = await appFrom({ ...moduleOf([]), providers: [hub, ...(providers as never[])] });
  return HubPeer.join(app, hub);
}

/** The answer of a call that failed: with what was meant for the caller, or without. */
export const failed = (method: string, text?: string): object => ({
  error: `An unexpected error occurred invoking '${method}' on the server.${text === undefined ? '' : ` HubException: ${text}`}`,
});

/** The answer of a call whose arguments do not fit. */
export const unbound = (method: string): object => ({ error: `Failed to invoke '${method}' due to an error on the server.` });

/** The answer of a call that a guard has refused. */
export const unauthorized = (method: string): object => ({ error: `Failed to invoke '${method}' because user is unauthorized` });
