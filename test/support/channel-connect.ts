import type { INestApplicationContext } from '@nestjs/common';
import type { SocketRoute } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import type { Session } from '../../lib/channels/session.js';
import { ChannelRegistry } from '../../lib/nest/channel.registry.js';
import { visitOf } from '../../lib/nest/channel-visit.js';
import { linkUser } from '../../lib/nest/request-user.js';
import { MemoryTransport } from './memory-transport.js';

/** A session with a connection in memory. */
export interface Connected {
  readonly session: Session;
  readonly transport: MemoryTransport;
  /** Settles when the server is done with it. */
  readonly served: Promise<void>;
}

/**
 * Connects to an endpoint as an upgrade would, behind the guards and without a network.
 *
 * @param url - with the path of a WebSocket and the query.
 * @param heard - gets every document, from the first on.
 * @returns rejects with the server's sentence where it is refused.
 */
export async function connect(
  app: INestApplicationContext,
  url: string,
  user: unknown,
  heard: (document: string | Uint8Array) => void,
): Promise<Connected> {
  const found = app.get(ChannelRegistry, { strict: false }).find(url);
  if (found === undefined) throw new Error(`There is no endpoint at ${url}.`);
  const { entry, endpoint } = found.served;
  const request = { url, headers: {} } as IncomingMessage;
  const offer = (found.route as SocketRoute).connect(visitOf(request, found.parameter));
  if (offer === undefined) throw new Error('The dialect has not understood it.');
  const session = await entry.prepare(request, { user, userIdentifier: endpoint.identify(user) }, offer);
  if (session.refusal !== undefined) throw new Error(session.refusal);
  linkUser(request, session);
  const transport = new MemoryTransport(heard);
  const connection = entry.begin(session, transport);
  transport.serve(connection);
  return { session, transport, served: connection.ended() };
}
