import { bootError, show } from './errors.js';

const withArticle = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** What keeps an application from starting. Each text says what was found, what was expected and what to write. */
export const bootErrors = {
  importedTwice: () =>
    bootError(
      'SignalRModule is imported more than once with different options. It is global: import SignalRModule.forRoot() in one module only.',
    ),
  noOptions: (given: unknown) =>
    bootError(
      `The options of SignalRModule have to be an object; they are ${String(given)}. A factory for forRootAsync has to return them.`,
    ),
  wrongPath: (hub: string, path: unknown) =>
    bootError(
      `@Hub(${JSON.stringify(path)}) on ${hub}: the path has to be a text that begins with a slash, such as '/chat', in the characters of a URL, without query, fragment, ':parameters' or '*', and does not end with '/negotiate'.`,
    ),
  hubOnMethod: () => bootError('@Hub stands above something that is no class. Put it above the class of the hub.'),
  samePath: (path: string, first: string, second: string) =>
    bootError(`${first} and ${second} are both served at '${path}'. Give one of them another path; paths are compared without case.`),
  providedTwice: (hub: string, modules: readonly string[]) =>
    bootError(`${hub} stands in the providers of ${modules.join(' and ')}. Keep it in one of them, and export it from there.`),
  sameMethod: (hub: string, first: string, second: string) =>
    bootError(
      `${hub} has two methods that clients cannot tell apart: ${first} and ${second}. Names are matched without case: rename one, or give it a name with @HubMethod('…').`,
    ),
  resumeTaken: (hub: string, method: string) =>
    bootError(
      `${hub} has a method called ${method}, which is what its clients call to get what they have missed: the hub keeps a history. Rename the method, or set history: { resumeMethod: '…' }.`,
    ),
  noHistoryIn: (hub: string, protocol: string) =>
    bootError(
      `${hub} keeps a history, and its protocol '${protocol}' cannot place a message in one. Give the protocol addArgument(call, argument), or take it out of the option 'protocols'.`,
    ),
  noClassMethod: (hub: string, method: string) =>
    bootError(
      `@HubMethod stands on ${hub}.${method}, which clients cannot call. It belongs on methods of the instance that have a plain name.`,
    ),
  thenable: (hub: string) =>
    bootError(
      `${hub} has a method called 'then': Nest would take its instance for a promise and wait for ever. Give the method another name, and @HubMethod('then') if clients are to call it so.`,
    ),
  halfOverride: (name: string, method: string, base: string, { thing, decorator }: { thing: string; decorator: string }) =>
    bootError(
      `${name}.${method} overrides a ${thing} of ${base} and has decorators of its own, so that the guards and pipes above that one would be lost. Write ${decorator} above it and repeat what it needs, or leave it without decorators.`,
    ),
  wrongMethodName: (hub: string, method: string) =>
    bootError(`@HubMethod on ${hub}.${method}: the name that clients call has to be a text of one character or more.`),
  typesLost: (method: string) =>
    bootError(
      `The types of the parameters of ${method} are not known at run time. Compile with "emitDecoratorMetadata" (tsc, or swc with "decoratorMetadata"); esbuild alone cannot do it.`,
    ),
  typeLost: (method: string, index: number) =>
    bootError(
      `Parameter ${index + 1} of ${method} has lost its type. Where it is a class, import it without 'type'; where it is a function, no client can send one.`,
    ),
  wrongStream: (method: string, index: number, type: string) =>
    bootError(
      `Parameter ${index + 1} of ${method} is a ${type}. What a client sends can be handed over as a Subject, a ReplaySubject or an Observable, or, behind @UploadStream(), as an AsyncIterable: write one of these.`,
    ),
  decoratedStream: (method: string, index: number) =>
    bootError(
      `Parameter ${index + 1} of ${method} is a stream from the client, and no argument: pipes and schemas have nothing to look at. Write no decorator before it, or @UploadStream().`,
    ),
  noStreams: (method: string, index: number, speaker: string) =>
    bootError(
      `Parameter ${index + 1} of ${method} is a stream from the client, which ${speaker} has none of. Let the client push one event for each item.`,
    ),
  streamInHook: (method: string) =>
    bootError(`${method} is called by no client, so that there is no stream to hand over. Take the parameter out, or its @UploadStream().`),
  restOfStreams: (method: string, index: number) =>
    bootError(`Parameter ${index + 1} of ${method} is a rest parameter, which cannot take uploads. Write one parameter for each of them.`),
  twoDecorators: (method: string, index: number) =>
    bootError(`Parameter ${index + 1} of ${method} has two decorators that say what it is given. Keep one of them.`),
  forgottenHubMethod: (method: string) =>
    bootError(`${method} has decorators before its parameters, but no client can call it. Write @HubMethod() above it, or take them out.`),
  undecorated: (method: string, index: number, type: string, decorator: string) =>
    bootError(`Parameter ${index + 1} of ${method} is ${withArticle(type)}, which no client can send. Write ${decorator} before it.`),
  foreignParameter: (method: string, index: number, { speaker, decorators }: { speaker: string; decorators: string }) =>
    bootError(
      `Parameter ${index + 1} of ${method} has a decorator that means nothing on ${speaker}. Those that do: ${decorators}, and any made with createParamDecorator.`,
    ),
  parameterOfConstructor: (target: unknown) =>
    bootError(`A decorator for parameters of hub methods stands in the constructor of ${String((target as { name?: unknown }).name)}.`),
  unknownArgOption: (name: string) => bootError(`@Arg does not know '${name}'. It takes pipes, or { schema, pipes, optional }.`),
  notASchema: () => bootError(`The schema of @Arg follows no Standard Schema: it has no '~standard'.validate.`),
  noThrottler: () =>
    bootError(
      'SignalRThrottlerGuard needs ThrottlerModule, which this application does not import. Add ThrottlerModule.forRoot([{ limit: 100, ttl: 60_000 }]) to the imports of its root module.',
    ),
  adapterWithoutModule: () =>
    bootError(
      'SignalRAdapter serves gateways by SignalRModule, which this application does not import. Add SignalRModule.forRoot() to the imports of its root module.',
    ),
  unknownAdapterOption: (name: string) =>
    bootError(`SignalRAdapter does not know the option '${name}'. It takes fallback, owns and dialects.`),
  noGatewayDialect: (path: string, given: unknown) =>
    bootError(
      `The option dialects of SignalRAdapter has ${show(given)} for '${path}'. Say how the clients of the gateway there speak: { '${path}': phoenix() }.`,
    ),
  wrongDialects: (given: unknown) =>
    bootError(
      `The option dialects of SignalRAdapter has to be an object of dialects by path, such as { '/chat': phoenix() }. It is ${show(given)}.`,
    ),
  sameGatewayPath: (path: string) =>
    bootError(`The option dialects of SignalRAdapter names '${path}' twice; paths are compared without case. Keep one of them.`),
  dialectForNobody: (path: string, paths: readonly string[]) =>
    bootError(
      `The option dialects of SignalRAdapter names '${path}', where no gateway is. There are: ${paths.join(', ') || 'none'}. Write @WebSocketGateway({ path: '${path}' }) above the one that is meant.`,
    ),
  wrongScope: (hub: string, scope: unknown) =>
    bootError(`The scope of ${hub} is ${JSON.stringify(scope)}. It has to be 'singleton', 'connection' or 'invocation'.`),
  transientHub: (hub: string) =>
    bootError(`${hub} is transient. Say @Hub(path, { scope: 'connection' }), or 'invocation', for more than one instance.`),
  notSingleton: (hub: string) =>
    bootError(
      `${hub} says that it is a singleton, but it is request-scoped or depends on something that is. Say { scope: 'connection' }, or 'invocation'.`,
    ),
  lateEnhancer: (enhancer: string) =>
    bootError(
      `${enhancer} is request-scoped and stands around a hub that is a singleton and comes from a factory, or above a method that is overridden. Repeat its decorator on the override, or provide the hub by its class.`,
    ),
  scopedConnectGuard: (hub: string, guard: string) =>
    bootError(
      `${guard} in the connectGuards of ${hub} is request-scoped, or depends on something that is. Write @UseGuards(${guard}) above onConnected of ${hub}: there each request has its own, and it is asked no more often.`,
    ),
  noPort: (hub: string) => bootError(`The option 'tcp' of ${hub} names no port. Write tcp: { port: 5000 }; port 0 is any that is free.`),
  sharedPort: (hubs: readonly string[]) =>
    bootError(
      `The option 'tcp' of SignalRModule is for one hub, and there are several: ${hubs.join(', ')}. Set it at the hub: @Hub('/path', { tcp: { port: 5000 } }).`,
    ),
  samePort: (host: string, wanted: number, first: string, second: string) =>
    bootError(`${first} and ${second} both want port ${wanted} of ${host} by the option 'tcp'. Give one of them another.`),
  portNotOpened: (hub: string, { host, port }: { host: string; port?: number }, cause: Error & { code?: string }) => {
    const isOfHost = cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND';
    const advice = isOfHost ? `This machine has no address '${host}': set another host` : 'Free the port, or set another';
    return bootError(
      `${hub} is to be served over TCP at ${host}, port ${port}, which cannot be listened on: ${cause.message}. ${advice} by the option 'tcp'.`,
    );
  },
  guardedTcp: (hub: string) =>
    bootError(
      `${hub} has guards or authentication for whoever connects, and over raw TCP there is no request that they could be asked about. Remove the option 'tcp', and hand sockets to SignalRServer.accept(${hub}, socket, { user }) once you know whose they are.`,
    ),
  undefinedHub: (decorator: string, asker: string) =>
    bootError(
      `${decorator}(…) in ${asker} was given undefined: the file of the hub and this one import each other. Write ${decorator}(() => TheHub) instead.`,
    ),
  notAHub: (decorator: string, hub: string, asker: string) =>
    bootError(`${asker} asks for ${decorator}(${hub}), but ${hub} is no hub. Write @Hub('/path') above class ${hub}.`),
  hubNotProvided: (decorator: string, hub: string, asker: string) =>
    bootError(`${asker} asks for ${decorator}(${hub}), but ${hub} is in no module's providers. Add it: @Module({ providers: [${hub}] }).`),
  foreignMethod: (decorator: string, method: string, speaker: string, instead: string) =>
    bootError(`${decorator} stands above ${method}, where it means nothing: it is ${speaker}. Write ${instead} above what clients call.`),
  channelOnMethod: (decorator: string) =>
    bootError(`${decorator} stands above something that is no class. Put it above the class of the channel.`),
  wrongPattern: (decorator: string, place: string, given: unknown) =>
    bootError(
      `${decorator} on ${place}: ${JSON.stringify(given)} is no pattern. It has to be a text, written out or with one star at its end: 'room:lobby', 'room:*', '*'.`,
    ),
  noPatterns: (decorator: string) =>
    bootError(`${decorator}() says of nothing that it is meant. Write ${decorator}('…'), with a name or a pattern.`),
  wrongEvent: (decorator: string, place: string, given: unknown) =>
    bootError(`${decorator} on ${place}: the event is ${JSON.stringify(given)}. It has to be a text of one character or more.`),
  noChannelMethod: (decorator: string, channel: string, method: string) =>
    bootError(
      `${decorator} stands on ${channel}.${method}, which nothing can call. It belongs on methods of the instance that have a plain name.`,
    ),
  unknownHandleInOption: (name: string) => bootError(`@HandleIn does not know the option '${name}'. It takes once and reply.`),
  wrongReply: (given: unknown) => bootError(`The reply of @HandleIn is ${JSON.stringify(given)}. It has to be 'sender' or 'channel'.`),
  wrongEndpointPath: (from: string, path: unknown) =>
    bootError(
      `${from}: the path is ${JSON.stringify(path)}. It has to be a text that begins with a slash, such as '/socket', in the characters of a URL, without query, fragment, ':parameters' or '*'.`,
    ),
  noDialect: (from: string, given: unknown) =>
    bootError(`${from}: the dialect is ${show(given)}. Say how its clients speak: { dialect: phoenix() }.`),
  uncalledDialect: (from: string, { name }: { name: string }) =>
    bootError(`${from}: the dialect is the function ${name} itself. Call it: { dialect: ${name}() }.`),
  wrongChannels: (from: string) => bootError(`${from}: channels has to be a list of classes with @Channel.`),
  notAChannel: (from: string, name: string) =>
    bootError(`${from} names ${name} among its channels, but that is none. Write @Channel('topic:*') above class ${name}.`),
  channelNotProvided: (from: string, name: string) =>
    bootError(`${from} names ${name} among its channels, but that is in no module's providers. Add it: @Module({ providers: [${name}] }).`),
  noPresence: (channel: string) =>
    bootError(`@PresenceChanged in ${channel} would never be called: the channel keeps no presence. Say @Channel(…, { presence: true }).`),
  noJoin: (channel: string) =>
    bootError(`${channel} has no method with @Join, so that nobody can ever join its topics. Write @Join() join() {} to let everybody in.`),
  sameHandler: (channel: string, decorator: string, pattern: string) =>
    bootError(
      `${channel} has two methods with ${decorator}${pattern === '' ? '()' : `('${pattern}')`}. Only one can be called: remove the other.`,
    ),
  unreachableTopic: (channel: string, decorator: string, topic: string) =>
    bootError(
      `${decorator}('${topic}') on ${channel} stands for no topic of that channel. Give it a topic that one of the patterns of @Channel fits.`,
    ),
  scopedGuardWithoutClass: (path: string) =>
    bootError(
      `A global guard is request-scoped, and the endpoint of channels at '${path}' has no class for which it could be made. Write @ChannelEndpoint('${path}', { … }) above a class, and take it out of the module's options.`,
    ),
};
