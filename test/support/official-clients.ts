import * as version10 from '@microsoft/signalr';
import { MessagePackHubProtocol as MessagePack10 } from '@microsoft/signalr-protocol-msgpack';
import * as version8 from 'signalr-8';
import { MessagePackHubProtocol as MessagePack8 } from 'signalr-msgpack-8';
import * as version9 from 'signalr-9';
import { MessagePackHubProtocol as MessagePack9 } from 'signalr-msgpack-9';

export type Client = typeof version10;

/** The classes of two versions are never of one type, for the sake of their private members; their methods are the same. */
export const officialClients: [version: string, client: Client][] = [
  [version8.VERSION, version8 as unknown as Client],
  [version9.VERSION, version9 as unknown as Client],
  [version10.VERSION, version10],
];

const messagePacks = [new MessagePack8(), new MessagePack9(), new MessagePack10()] as unknown as version10.IHubProtocol[];

/** Each of them with each protocol. */
export const clientsAndProtocols = officialClients.flatMap(([version, client], index) => [
  [version, 'json', client, new client.JsonHubProtocol()] as const,
  [version, 'messagepack', client, messagePacks[index]] as const,
]);
