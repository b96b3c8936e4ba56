import { refusal, show, wrongUse } from './errors.js';

/** Mistakes of the code that calls this library. */
export const useErrors = {
  emptyGroup: () => wrongUse('Cannot send to an empty group name.'),
  wrongName: (kind: string, given: unknown, maximum: number) =>
    refusal(`A ${kind} has to be a text of 1 to ${maximum} characters. This one is ${show(given)}.`),
  wrongTtl: (ttl: unknown) => wrongUse(`A ttl has to be a number of milliseconds, more than 0. This one is ${show(ttl)}.`),
  wrongTarget: (target: unknown) =>
    wrongUse(
      `disconnect takes a connection id, { user } or { group }, each of them a text that is not empty. It was given ${show(target)}.`,
    ),
  wrongLimit: (limit: unknown) => wrongUse(`A limit has to be a number, 1 or more. This one is ${show(limit)}.`),
  unknownPath: (path: string, paths: readonly string[]) =>
    wrongUse(`No hub is served at '${path}'. There are: ${paths.join(', ') || 'none'}.`),
  wrongSpan: (given: unknown) => wrongUse(`A clock is moved by a number of milliseconds. It was given ${show(given)}.`),
  noAnswer: (method: string) => wrongUse(`Nobody has said what clients answer to '${method}': call clients.answer('${method}', () => …).`),
  refused: (path: string, sentence: string) => wrongUse(`The endpoint '${path}' has not let the client in: ${sentence}`),
  noEndpoints: () =>
    wrongUse(
      "The application serves no channels yet: await app.init() first. Where that was done, no endpoint is provided: write @ChannelEndpoint('/path', { dialect: phoenix() }), or use the option channels.",
    ),
  unknownEndpoint: (path: string, paths: readonly string[]) =>
    wrongUse(`No channels are served at '${path}'. There are: ${paths.join(', ')}.`),
  unservedTopic: (topic: string, paths: readonly string[]) =>
    wrongUse(`No endpoint has a channel for the topic '${topic}'. There are the endpoints: ${paths.join(', ')}.`),
  unservedAt: (path: string, topic: string, patterns: readonly string[]) =>
    wrongUse(`The endpoint '${path}' has no channel for the topic '${topic}'. It has those for: ${patterns.join(', ') || 'none'}.`),
  severalEndpoints: (topic: string, paths: readonly string[]) =>
    wrongUse(
      `The topic '${topic}' can be joined at several endpoints: ${paths.join(', ')}. Say at which: createTestChannel(app, '${topic}', { endpoint: '${paths[0]}' }).`,
    ),
  noPush: (given: unknown) => wrongUse(`expectReply takes what push has returned, without await before that. It was given ${show(given)}.`),
  notJoined: (event: string, topic: string) =>
    wrongUse(`'${event}' was pushed to '${topic}', which the client has not joined: call join() first.`),
  otherReply: (event: string, expected: string, status: string, payload: unknown) =>
    wrongUse(`The answer to '${event}' was expected to be '${expected}'. It is '${status}': ${JSON.stringify(payload)}`),
  topicLeft: (topic: string, reason: string) => wrongUse(`The client is not in '${topic}' any more: ${reason}.`),
  connectionEnded: (words: string | undefined) =>
    wrongUse(`The connection has ended.${words === undefined ? '' : ` The server says: ${words}`}`),
  moduleMissing: () =>
    wrongUse('The application serves no hubs: add SignalRModule.forRoot() to the imports of its root module, and await app.init() first.'),
  noStream: (given: unknown) => wrongUse(`accept serves a Duplex (a socket, a pipe) or a WebSocket. It was given ${show(given)}.`),
  wrongFormat: (given: unknown) => wrongUse(`The transferFormat of accept has to be 'text' or 'binary'. It was given ${show(given)}.`),
  noOptions: (given: unknown) => wrongUse(`The options of accept have to be an object. It was given ${show(given)}.`),
  unknownOption: (name: string, from: string, known: readonly string[]) =>
    wrongUse(`${from} does not know the option '${name}'. It takes ${known.join(', ')}.`),
  noRequest: (given: unknown) => wrongUse(`The request of accept has to be an HTTP request with headers. It was given ${show(given)}.`),
  acceptedTwice: () => wrongUse('accept was given a stream or a WebSocket that it was given before. Hand each over once.'),
  noSignal: (given: unknown) => wrongUse(`The signal of accept has to be an AbortSignal. It was given ${show(given)}.`),
  unknownProtocol: (given: unknown) =>
    wrongUse(`The protocol of a test client has to be 'json', 'messagepack' or a HubProtocol. It was given ${show(given)}.`),
  /** A mistake of the application, not of the client whose connection it costs. */
  wrongUserIdentifier: (given: unknown) =>
    new TypeError(`userIdProvider has to return a text, or undefined for nobody; not a promise of one. It returned ${show(given)}.`),
  namelessUser: () =>
    wrongUse(
      'A user without an identifier counts as any other without one. Let userIdProvider return a text for each; by default it is sub, id or nameid.',
    ),
  wrongExpiry: (given: unknown) =>
    new TypeError(
      `The time at which an authentication ends, from the option expiresAt or from authenticate, has to be a Date or a number, or undefined for none; not a promise of one. It is ${show(given)}.`,
    ),
  unknownEvent: (name: unknown, known: readonly string[]) =>
    wrongUse(`There is no event ${show(name)} to listen to. There are: ${known.join(', ')}.`),
  noListener: (given: unknown) => wrongUse(`A listener of events has to be a function. It was given ${show(given)}.`),
  closed: () => wrongUse('The application is closing: no more connections are served.'),
  severalHubs: (asked: string, hubs: readonly string[]) =>
    wrongUse(
      `${asked} was injected without saying which hub, and there are several: ${hubs.join(', ')}. Inject @Inject${asked}(${hubs[0]}), or ask for .of(${hubs[0]}).`,
    ),
  noHub: (asked: string) =>
    wrongUse(`${asked} was injected, but no hub is running. Add a class with @Hub('/path') to the providers of a module.`),
  notReady: (hub: string) =>
    wrongUse(`The hub ${hub} is not running yet: it can be used from onApplicationBootstrap on, or inside its methods.`),
  unknownHub: (hub: string) =>
    wrongUse(`${hub} is no hub of this application. Write @Hub('/path') above it and add it to the providers of a module.`),
};
