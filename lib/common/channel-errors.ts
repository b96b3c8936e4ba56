import { refusal, show, SignalRError, wrongUse } from './errors.js';

/**
 * Throw it in a handler of a channel to tell the client something: its payload is the error that the client gets, whatever `enableDetailedErrors`
 * says. Thrown by `@Join` it refuses the join.
 *
 * @example
 * throw new ChannelException({ reason: 'full', room: 'lobby' });
 */
export class ChannelException extends SignalRError {
  constructor(
    readonly payload: unknown,
    options?: { cause?: unknown },
  ) {
    super('ERR_SIGNALR_CHANNEL', textOf(payload), 'ChannelException', options);
  }
}

/** What a frame of a client is refused for; the message is the reason that it is told. */
export class FrameRefusal extends SignalRError {
  /** @param isOfNoJoin - whether there is no such topic for the client, so that the answer names no join of it. */
  constructor(
    message: string,
    readonly isOfNoJoin = false,
  ) {
    super('ERR_SIGNALR_REFUSED', message);
  }
}

/** Why a frame is refused. The texts that Phoenix has are Phoenix's. */
export const frameErrors = {
  unmatchedTopic: () => new FrameRefusal('unmatched topic', true),
  unmatchedEvent: () => new FrameRefusal('unmatched event'),
  tooManyChannels: () => new FrameRefusal('too many channels joined'),
  tooManyOfUser: () => new FrameRefusal('too many connections of this user'),
  tooManyEvents: () => new FrameRefusal('too many events'),
  nameTooLong: (kind: 'topic' | 'event', maximum: number) => new FrameRefusal(`the ${kind} is longer than ${maximum} characters`),
  closed: () => new FrameRefusal('closed'),
  unauthorized: () => new FrameRefusal('unauthorized'),
};

/** Why what realtime-js says is refused, beside what it may be with all clients. */
export const realtimeErrors = {
  noDatabase: () => new FrameRefusal('postgres_changes is not served here: changes of a database come as broadcasts, if at all'),
  notGuarded: () => new FrameRefusal('private channels need a guard, and none stands on this one'),
  wrongBroadcast: () => new FrameRefusal("a broadcast has to be { type: 'broadcast', event, payload }, and its event a text"),
  eventTooLong: (maximum: number) => new FrameRefusal(`the event of a broadcast has at most ${maximum} characters`),
  tooLongForBytes: () => new FrameRefusal('a broadcast of bytes has room for 255 bytes each of topic, event and metadata'),
  wrongPresence: () => new FrameRefusal("presence has to be { event: 'track', payload }, its payload an object, or { event: 'untrack' }"),
  keyTooLong: (maximum: number) => new FrameRefusal(`the key of a presence has at most ${maximum} characters`),
  wrongToken: () => new FrameRefusal('an access_token has to be a text'),
};

const unreadable = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_INVALID_DATA', message);

/** What is posted is refused for who has posted it. */
export class PostRefusal extends SignalRError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super('ERR_SIGNALR_REFUSED', message);
  }
}

/** What is wrong with broadcasts that somebody posts. */
export const postErrors = {
  noMessages: () => unreadable('The body has to be { "messages": [{ "topic", "event", "payload" }] }, with one message or more.'),
  tooManyMessages: (maximum: number) => unreadable(`At most ${maximum} messages are posted at once. Post the others by another request.`),
  wrongMessage: () => unreadable('Each message has a topic and an event, which are texts that are not empty, and a payload.'),
  wrongPath: () => unreadable('A single broadcast is posted to /api/broadcast/{topic}/events/{event}, both of them percent-encoded.'),
  forbidden: (reason: string) => new PostRefusal(reason, 403),
};

/** The code of the error that a client of realtime-js is closed with where nobody understands its bytes. */
export const NEEDS_REALTIME = 'ERR_SIGNALR_REALTIME_NEEDED';

/** What cannot be read of a client, or not be written to one. The first kind ends its session. */
export const dialectErrors = {
  wrongFrame: (expected: string) => unreadable(`This is no frame. Expected ${expected}.`),
  /** Short enough for a close frame. */
  realtimeNeeded: () =>
    new SignalRError(
      NEEDS_REALTIME,
      'These are bytes of realtime-js, which the server speaks with the dialect phoenix({ realtime: true }).',
    ),
  tooLarge: (maximum: number) =>
    new SignalRError(
      'ERR_SIGNALR_MESSAGE_SIZE',
      `The message is larger than the ${maximum} bytes of the option maximumReceiveMessageSize.`,
    ),
  tooLongForBytes: (field: string, value: string) =>
    wrongUse(
      `A binary message has room for 255 bytes of ${field}, and ${show(value)} is longer. Send it as text, or give it a shorter name.`,
    ),
};

/** What happens to those who wait for something of a session. */
export const channelErrors = {
  /** Of a call whose client no longer wants the answer, and of a question whose asker does not. */
  canceled: () => new SignalRError('ERR_SIGNALR_CANCELED', 'Nobody waits for the answer any more.'),
  gone: (sessionId: string) => new SignalRError('ERR_SIGNALR_CLIENT_GONE', `The session ${sessionId} has ended.`),
  left: (topic: string) => new SignalRError('ERR_SIGNALR_LEFT', `The socket has left '${topic}'.`),
  overrun: (topic: string) =>
    new SignalRError('ERR_SIGNALR_OVERRUN', `More was said in '${topic}' while a client came in than is kept for it. It may join again.`),
  idle: (timeout: number) =>
    new SignalRError('ERR_SIGNALR_CLIENT_TIMEOUT', `The client has said nothing for ${timeout} ms, not even that it is there.`),
  anotherUser: () =>
    new SignalRError('ERR_SIGNALR_OTHER_USER', 'The client has brought the token of somebody else. It may come back as that user.'),
  expired: () => new SignalRError('ERR_SIGNALR_EXPIRED', 'The time of the session is over.'),
  notAnswered: (event: string, timeout: number) =>
    new SignalRError('ERR_SIGNALR_CLIENT_TIMEOUT', `Nobody answered '${event}' within ${timeout} ms.`),
  nobodyThere: (topic: string) => new SignalRError('ERR_SIGNALR_CLIENT_GONE', `Nobody is in '${topic}'.`),
  notResumable: () =>
    new SignalRError(
      'ERR_SIGNALR_NOT_RESUMABLE',
      'The session cannot go on as it was: its client has missed more than is kept. It begins another.',
    ),
  queueFull: (maximum: number) =>
    new SignalRError(
      'ERR_SIGNALR_SLOW_CLIENT',
      `The client is away and more than ${maximum} messages wait for it, which is what the option resumeQueue of chain() allows.`,
    ),
  answeredWithError: (payload: unknown) => new ChannelException(payload),
};

const wrongOption = (message: string): SignalRError => new SignalRError('ERR_SIGNALR_OPTIONS', message);

/** What may be wrong with the options of the chain dialect, beside what each of them may be. */
export const chainErrors = {
  noSecrets: () =>
    wrongOption(
      'In production chain() needs cookie.secrets that outlive the process: chain({ cookie: { secrets: [process.env.CHAIN_SECRET] } }).',
    ),
  insecureCookie: () => wrongOption("chain() was given cookie.sameSite 'None', which browsers take with cookie.secure: true alone."),
};

/** Mistakes of the code that uses channels. */
export const channelUseErrors = {
  noWebSocket: (given: unknown) => wrongUse(`Channels are spoken over WebSockets. accept was given ${show(given)}.`),
  noSocketsThere: (path: string) =>
    wrongUse(`At '${path}' requests are answered, and no WebSockets served: accept has nothing to do there.`),
  notUnderstood: (path: string, dialect: string) =>
    wrongUse(`The query of the request asks '${path}' for a version of ${dialect} that is not spoken there.`),
  cannotAnswer: (dialect: string) =>
    wrongUse(`Clients that speak ${dialect} cannot answer what the server asks. Send an event, and let the client send one back.`),
  askedWhileJoining: (topic: string) =>
    wrongUse(`The client of '${topic}' waits for the reply to its join, and answers nothing before that. Ask it after @Join has returned.`),
  wrongName: (kind: 'topic' | 'event', given: unknown) => refusal(`The ${kind} has to be a text that is not empty. It is ${show(given)}.`),
  wrongCode: (given: unknown) =>
    wrongUse(`The code of a close frame is one from 3000 to 4999, or from 1000 to 1014 without 1004 to 1006. It was ${show(given)}.`),
  wrongExpiry: (given: unknown) =>
    wrongUse(`expireAfter takes a number of milliseconds from now, or Infinity for a session without an end. It was given ${show(given)}.`),
  wrongTarget: (given: unknown) =>
    wrongUse(
      `disconnect takes the id of a session, { user } or { topic }, each of them a text that is not empty. It was given ${show(given)}.`,
    ),
  noPresence: (channel: string) => wrongUse(`${channel} keeps no presence. Write @Channel(…, { presence: true }) above it.`),
  notTracked: (topic: string) => wrongUse(`The socket is not tracked in '${topic}'. Call track() before update().`),
  wrongMeta: (given: unknown) => wrongUse(`What is tracked has to be an object, such as { status: 'away' }. It was ${show(given)}.`),
  wrongPresenceKey: (given: unknown) => wrongUse(`The key of a presence has to be a text that is not empty. It was ${show(given)}.`),
  streamReturned: (event: string) =>
    wrongUse(
      `The handler of '${event}' has returned a stream. The answer to an event is one value: return that, or push the items one by one.`,
    ),
};

function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  const { reason, message } = (payload ?? {}) as { reason?: unknown; message?: unknown };
  const text = reason ?? message;
  return typeof text === 'string' ? text : 'The channel has refused it.';
}
