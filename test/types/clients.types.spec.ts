import { beforeAll, describe, expect, it } from '@jest/globals';
import { complaintsOf, PREAMBLE, type Line } from '../support/compiled-lines.js';

/** What every line below is compiled with. */
const preamble = `
import { Controller, Injectable, Module } from '@nestjs/common';
import {
  Caller, Clients, ClientProxy, getHubClientsToken, Hub, HubCallerClients, HubCallerContext, HubClients, HubConnections, HubGroups, HubMethod,
  InjectHubClients, InjectHubConnections, InjectHubGroups, json, SignalRModule, SignalRServer,
  type OnConnected, type OnDisconnected, type SignalRModuleOptions, type SignalROptionsFactory,
} from 'nestjs-signalr';
import { createTestClient, FakeClock, recordingHubClients } from 'nestjs-signalr/testing';

interface ChatClient {
  messageReceived(user: string, text: string): void;
  confirm(question: string): Promise<boolean>;
  moved(to: { x: number; y: number }, smooth?: boolean): void;
  listed(...names: string[]): void;
  readonly arrow: (value: number) => void;
  readonly version: number;
}
interface NewsClient { news(text: string): void }
interface User { id: string }

@Hub('/chat') class ChatHub {}
class PlainClass {}
class Options implements SignalROptionsFactory { createSignalROptions() { return { handshakeTimeout: 1 }; } }

declare const clients: HubClients<ChatClient>;
declare const callers: HubCallerClients<ChatClient>;
declare const untyped: HubClients;
declare const anything: HubClients<any>;
declare const caller: HubCallerContext<User>;
declare const stranger: HubCallerContext;
declare const groups: HubGroups;
declare const connections: HubConnections;
declare const server: SignalRServer;
declare const stream: import('node:stream').Duplex;
declare const id: string;
`;

const right: Line[] = [
  ['a method of the client', `await clients.all.send('messageReceived', 'ada', 'hello');`],
  ['a method that the client answers', `await clients.user('ada').send('confirm', 'sure?');`],
  ['an optional argument that is left out', `await clients.all.send('moved', { x: 1, y: 2 });`],
  ['an optional argument', `await clients.all.send('moved', { x: 1, y: 2 }, true);`],
  ['any number of rest arguments', `await clients.all.send('listed'); await clients.all.send('listed', 'a', 'b');`],
  ['a property that is a function', `await clients.all.send('arrow', 1);`],
  [
    'every selector',
    `for (const one of [clients.all, clients.allExcept([id]), clients.client(id), clients.clients([id]), clients.group('g'), clients.groups(['g']), clients.groupExcept('g', [id]), clients.user('u'), clients.users(['u'])]) await one.send('arrow', 1);`,
  ],
  ['sets of ids', `clients.allExcept(new Set([id])); clients.users(new Set(['u']));`],
  [
    'the selectors of a caller',
    `for (const one of [callers.caller, callers.others, callers.othersInGroup('g')]) await one.send('arrow', 1);`,
  ],
  [
    'an answer of the client',
    `const isSure: boolean = await clients.client(id).invoke('confirm', 'sure?'); await callers.caller.invoke('confirm', 'sure?');`,
  ],
  ['an answer of any client', `const answer: unknown = await untyped.client(id).invoke('anything', 1, 2);`],
  [
    'settings',
    `await clients.client(id).with({ timeout: 1 }).invoke('confirm', 'x'); await clients.all.with({ headers: { a: 'b' } }).send('arrow', 1);`,
  ],
  ['a proxy in a variable', `const proxy: ClientProxy<ChatClient> = clients.all; await proxy.send('arrow', 1);`],
  ['another hub with its own client', `await clients.of<NewsClient>(ChatHub).all.send('news', 'x');`],
  ['anything to clients without a type', `await untyped.all.send('whatever', 1, {}, []); await untyped.of(ChatHub).all.send('x');`],
  ['anything to clients of type any', `await anything.all.send('whatever', 1);`],
  [
    'a caller in a place for callers of anybody',
    `const context: HubCallerContext = caller; const all: HubCallerContext<unknown> = stranger;`,
  ],
  ['the user of a caller', `const text: string = caller.user.id; caller.user = { id: 'x' };`],
  [
    'a hub with hooks',
    `@Hub('/x') class X implements OnConnected, OnDisconnected { async onConnected(caller: HubCallerContext) {} onDisconnected(caller: HubCallerContext, error?: Error) {} }`,
  ],
  ['hooks with fewer parameters', `class X implements OnConnected, OnDisconnected { onConnected() {} onDisconnected() {} }`],
  ['a hook for a caller of one kind', `class X implements OnConnected { onConnected(caller: HubCallerContext<User>) {} }`],
  [
    'hooks whose parameters are decorated, in any order',
    `class X implements OnDisconnected { onDisconnected(@Clients() all: HubCallerClients, caller: HubCallerContext, error?: Error) {} }`,
  ],
  [
    'a hub with options',
    `@Hub('/x', { maximumParallelInvocationsPerClient: 4, protocols: [json()] }) class X { @HubMethod() go(a: number, @Caller() c: HubCallerContext, @Clients() all: HubCallerClients<ChatClient>) {} @HubMethod('Other') other() {} }`,
  ],
  [
    'injection by hub and by function',
    `@Injectable() class X { @InjectHubConnections(ChatHub) readonly p!: HubConnections; constructor(@InjectHubClients(ChatHub) a: HubClients<ChatClient>, @InjectHubGroups(() => ChatHub) b: HubGroups, c: HubClients) {} }`,
  ],
  [
    'a hub with a private constructor parameter',
    `@Hub('/y') class Y { constructor(private readonly a: string) {} } class X { constructor(@InjectHubClients(Y) a: HubClients) {} }`,
  ],
  [
    'the module in each of its forms',
    `@Module({ imports: [SignalRModule, SignalRModule.forRoot(), SignalRModule.forRoot({ clock: new FakeClock(), webSocket: { closeTimeout: 1 } })] }) class X {}`,
  ],
  [
    'the module with options from elsewhere',
    `SignalRModule.forRootAsync({ useFactory: (a: number) => ({ handshakeTimeout: a }), inject: ['x'], imports: [] }); SignalRModule.forRootAsync({ useClass: Options }); SignalRModule.forRootAsync({ useExisting: Options }); SignalRModule.forRootAsync({ useFactory: async () => ({}) });`,
  ],
  [
    'all of groups',
    `await groups.add(id, 'g'); await groups.addUser('u', 'g', { ttl: 1 }); await caller.groups.add('g'); const is: boolean = caller.groups.has('g');`,
  ],
  [
    'all of connections',
    `const list = await connections.list({ user: 'u', limit: 3 }); const info: string | undefined = list[0].userIdentifier; const cursor: string | undefined = list.cursor; const many: number = await connections.disconnect({ group: 'g' }, { allowReconnect: true });`,
  ],
  [
    'events by their type',
    `connections.events$.subscribe((event) => { if (event.type === 'online') { const user: string = event.user; } else if (event.type === 'vacant') { const group: string = event.group; } });`,
  ],
  [
    'a connection over a stream',
    `const done: Promise<void> = server.accept(ChatHub, stream, { user: {}, signal: AbortSignal.abort() }); void server.accept('/chat', stream);`,
  ],
  ['a token for get', `const token: symbol = getHubClientsToken(ChatHub);`],
  [
    'recording clients in the place of clients',
    `const recorded = recordingHubClients<ChatClient>(ChatHub); const place: HubClients<ChatClient> = recorded; const name: string = recorded.calls[0].method;`,
  ],
  [
    'a test client',
    `async function f(app: import('@nestjs/common').INestApplicationContext) { const client = await createTestClient(app, ChatHub, { user: {} }); const n: number = await client.invoke<number>('x', 1); const [text] = await client.next<[string]>('m'); text.length; }`,
  ],
];

const wrong: Line[] = [
  ['asking for what the client does not answer', `await clients.client(id).invoke('messageReceived', 'ada', 'hello');`],
  ['asking several clients', `await clients.all.invoke('confirm', 'x');`],
  ['a question with a wrong argument', `await clients.client(id).invoke('confirm', 7);`],
  ['a method that the client does not have', `await clients.all.send('mesageReceived', 'ada', 'hello');`],
  ['a name of another case', `await clients.all.send('MessageReceived', 'ada', 'hello');`],
  ['a property that is no function', `await clients.all.send('version');`],
  ['an argument of another type', `await clients.all.send('messageReceived', 'ada', 7);`],
  ['an argument too few', `await clients.all.send('messageReceived', 'ada');`],
  ['no arguments at all', `await clients.all.send('messageReceived');`],
  ['an argument too many', `await clients.all.send('messageReceived', 'ada', 'hello', 'again');`],
  ['an object that lacks something', `await clients.all.send('moved', { x: 1 });`],
  ['a rest argument of another type', `await clients.all.send('listed', 'a', 1);`],
  ['a wrong name to the caller', `await callers.caller.send('nope');`],
  ['a wrong name to others', `await callers.others.send('nope');`],
  ['a wrong name to another hub', `await clients.of<NewsClient>(ChatHub).all.send('messageReceived', 'a', 'b');`],
  ['a name that may be any text', `await clients.all.send(id, 1);`],
  ['a number as a name', `await untyped.all.send(7);`],
  ['caller outside of a method', `clients.caller;`],
  ['the user of a caller of unknown kind', `stranger.user.id;`],
  ['a user of another type', `caller.user = 'ada';`],
  ['writing what is read only', `caller.connectionId = 'x';`],
  ['a hub without a path', `@Hub() class X {}`],
  ['a path that is no text', `@Hub(7) class X {}`],
  ['an option that does not exist', `@Hub('/x', { keepaliveInterval: 1 }) class X {}`],
  ['an option of the server on a hub', `@Hub('/x', { clock: new FakeClock() }) class X {}`],
  ['an option of the module that does not exist', `SignalRModule.forRoot({ keepaliveInterval: 1 });`],
  ['an option in a group that does not exist', `SignalRModule.forRoot({ webSocket: { deflate: true } });`],
  ['an option of another type', `SignalRModule.forRoot({ handshakeTimeout: '15s' });`],
  ['an option from a factory that does not exist', `SignalRModule.forRootAsync({ useFactory: () => ({ handshakeTimeout: '15s' }) });`],
  ['a factory of options that makes none', `SignalRModule.forRootAsync({ useClass: PlainClass });`],
  ['@Hub above a method', `class X { @Hub('/x') go() {} }`],
  ['@HubMethod above a class', `@HubMethod() class X {}`],
  ['@HubMethod above a property', `class X { @HubMethod() go = 1; }`],
  ['@Caller above a property', `class X { @Caller() go = 1; }`],
  ['asking for a hub by its name', `class X { constructor(@InjectHubClients('ChatHub') a: HubClients) {} }`],
  ['a list that is not one', `clients.users(7);`],
  ['a single id where a list belongs', `clients.allExcept(id);`],
  ['a single group where a list belongs', `clients.groups('lobby');`],
  ['disconnecting without saying whom', `await connections.disconnect({});`],
  ['disconnecting a user who may be undefined', `await connections.disconnect({ user: stranger.userIdentifier });`],
];

let complaints: Map<string, string[]>;

beforeAll(() => {
  complaints = complaintsOf(preamble, [...right, ...wrong]);
}, 20_000);

describe('the types', () => {
  it('are compiled with a preamble that has no mistake', () => {
    expect(complaints.get(PREAMBLE)).toBeUndefined();
  });

  it.each(right)('allow %s', (_, code) => {
    expect(complaints.get(code)).toBeUndefined();
  });

  it.each(wrong)('refuse %s', (_, code) => {
    expect(complaints.get(code)).toEqual(expect.arrayContaining([expect.any(String)]));
  });
});
