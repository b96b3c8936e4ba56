import { once } from 'node:events';
import type { Server } from 'node:http';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { io } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { HubSocket } from './hub-socket.js';
import { negotiate } from './nest-knock.js';

/** Somebody on the same port, and whether he answers there. */
export interface Neighbour {
  /** What he says to `text`. */
  ask(url: string, text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Calls `echo` of a hub over WebSockets, with a negotiation. */
export async function askHub(hub: string, text: string): Promise<unknown> {
  const { connectionToken } = await negotiate(hub);
  const socket = await HubSocket.join(`${hub}?id=${connectionToken}`);
  const { result } = await socket.ask('echo', text);
  socket.socket.terminate();
  return result;
}

/** A server of `ws` with a path of its own, which refuses all others. */
export function wsServer(server: Server, path: string): Neighbour {
  const sockets = new WebSocketServer({ server, path });
  sockets.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(`${path}: ${data.toString()}`)));
  return { ask: (url, text) => askWebSocket(url + path, text), close: () => closed(sockets) };
}

/** Sends a text over a WebSocket and waits for the answer. */
export async function askWebSocket(url: string, text: string): Promise<unknown> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await once(socket, 'open');
  socket.send(text);
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  return data.toString();
}

/** Subscriptions of GraphQL, as graphql-ws serves them. */
export function graphqlServer(server: Server): Neighbour {
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  const query = new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } });
  const echo = { type: GraphQLString, args: { text: { type: GraphQLString } }, subscribe: echoOnce, resolve: (text: unknown) => text };
  const subscription = new GraphQLObjectType({ name: 'Subscription', fields: { echo } });
  const served = useServer({ schema: new GraphQLSchema({ query, subscription }) }, sockets);
  return { ask: (url, text) => subscribe(`${url}/graphql`, text), close: async () => served.dispose() };
}

async function* echoOnce(_: unknown, { text }: Record<string, unknown>): AsyncGenerator {
  yield `graphql: ${String(text)}`;
}

async function subscribe(url: string, text: string): Promise<unknown> {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  const subscription = client.iterate({ query: 'subscription ($text: String) { echo(text: $text) }', variables: { text } });
  const { value } = (await subscription.next()) as { value: { data?: { echo?: unknown } } };
  await client.dispose();
  return value.data?.echo;
}

/** Asks a gateway of socket.io for an acknowledgment. */
export async function askSocketIo(url: string, event: string, text: string, transports?: ('polling' | 'websocket')[]): Promise<unknown> {
  const socket = io(url, { reconnection: false, forceNew: true, transports });
  try {
    return await (socket.timeout(4_000).emitWithAck(event, text) as Promise<unknown>);
  } finally {
    socket.disconnect();
  }
}

function closed(server: WebSocketServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
