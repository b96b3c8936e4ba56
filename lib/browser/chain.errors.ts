/** What the code of a page may do wrong. */
export const chainErrors = {
  noServer: () => new Error("A Socket has to know where its server is: give it the option endpoint, such as '/chain', or getNodes."),
  wrongTopic: (topic: unknown) =>
    new Error(`A topic has to be a text that is not empty, without a comma and without a star. This one is '${String(topic)}'.`),
  wrongEvent: (event: unknown) =>
    new Error(`An event has to be a text that is not empty, without a comma. This one is '${String(event)}'.`),
  joinedTwice: (topic: string) =>
    new Error(
      `The channel '${topic}' was joined before. It joins again by itself; for a new beginning ask socket.channel() for another one.`,
    ),
  notJoined: (topic: string) => new Error(`Nothing can be pushed to '${topic}' before channel.join() was called.`),
};

/** What may go wrong on the way to the server; `status` is that of its answer, where there was one. */
export class ConnectionError extends Error {
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
    this.name = 'ConnectionError';
  }
}

/** Why there is no connection. The text of a refusal is the server's. */
export const connectionErrors = {
  unreachable: (cause: unknown) => new ConnectionError(`The server cannot be reached. ${textOf(cause)}`),
  refused: (status: number, text: string) => new ConnectionError(text === '' ? `The server answered with status ${status}.` : text, status),
  ended: () => new ConnectionError('The server has ended the stream.'),
  silent: (milliseconds: number) => new ConnectionError(`Nothing has come from the server for ${milliseconds} ms.`),
  replaced: () => new ConnectionError('A copy of this window has taken its session over. This one begins another.'),
  noNodes: () => new ConnectionError('getNodes gave no server to connect to.'),
};

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
