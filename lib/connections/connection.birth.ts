import type { IncomingMessage } from 'node:http';
import type { Authentication } from './identity.js';
import type { Ticket } from './ticket.js';

/** The raw request that opened a connection. */
export type OpeningRequest = IncomingMessage;

/** What a connection is born with. */
export interface ConnectionBirth extends Authentication {
  /** Public: other clients may know it. */
  readonly id: string;
  /** Secret: whoever knows it may act as this client. Never logged, never in an event. */
  readonly token: string;
  /** The raw request that opened it, where there was one. */
  readonly request?: OpeningRequest;
  /** The name of that user: whoever comes later with the token has to be the same one. */
  readonly userIdentifier?: string;
  /** Whether there is a user at all, with a name or without. */
  readonly isSomebody?: boolean;
  /** Whether the peer was promised that it may come back after a break. */
  readonly mayResume?: boolean;
  /** What it holds among those that are counted, where they are. */
  readonly ticket?: Ticket;
  /** What the endpoint has made of the peer before there was a connection; given back to it. */
  readonly prepared?: unknown;
}
