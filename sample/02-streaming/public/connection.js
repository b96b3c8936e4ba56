const { HubConnectionBuilder, HubConnectionState, LogLevel, Subject, protocols } = globalThis.signalR;

/** How long to wait before each attempt to reconnect, in milliseconds; the last one is for all that follow. */
const delays = [0, 500, 1_000, 2_000, 3_000, 5_000];
const giveUpAfter = 3 * 60_000;

const retries = {
  nextRetryDelayInMilliseconds: ({ previousRetryCount, elapsedMilliseconds }) =>
    elapsedMilliseconds > giveUpAfter ? null : delays[Math.min(previousRetryCount, delays.length - 1)],
};

/** The connection to the hub. The only file that knows SignalR. It speaks MessagePack, in which bytes are sent as they are. */
export class Connection {
  #hub = new HubConnectionBuilder()
    .withUrl('streams')
    .withHubProtocol(new protocols.msgpack.MessagePackHubProtocol())
    .withAutomaticReconnect(retries)
    .configureLogging(LogLevel.None)
    .build();
  #onState;

  /** @param onState is told 'connecting', 'connected', 'reconnecting' and 'lost'. */
  constructor(onState) {
    this.#onState = onState;
    this.#hub.onreconnecting(() => onState('reconnecting'));
    this.#hub.onreconnected(() => onState('connected'));
    this.#hub.onclose(() => onState('lost'));
  }

  /** Connects, unless it is connected or about to be. Afterwards the client reconnects by itself. */
  async start() {
    if (this.#hub.state !== HubConnectionState.Disconnected) return;
    this.#onState('connecting');
    try {
      await this.#hub.start();
    } catch {
      this.#onState('lost');
      return;
    }
    this.#onState('connected');
  }

  /**
   * Calls a method of the hub that answers with a stream, and returns what cancels it.
   *
   * @param observer `next` gets the items; then there is one call of `complete`, or of `error` with a failure: see `failureOf`.
   */
  stream(observer, method, ...args) {
    const subscription = this.#hub.stream(method, ...args).subscribe({ ...observer, error: (error) => observer.error(failureOf(error)) });
    return () => subscription.dispose();
  }

  /** A stream to the hub: an argument for `stream`, whose `next` and `complete` may be called afterwards. */
  newUpload() {
    return new Subject();
  }
}

/**
 * What to show of an error, and whether it was the connection that failed. The server says:
 * `An unexpected error occurred invoking 'answer' on the server. HubException: Ask something first.`
 */
function failureOf({ message }) {
  const [, sentence] = /HubException: (.*)$/s.exec(message) ?? [];
  const isLost = !/^(An (unexpected )?error occurred|Failed to invoke)/.test(message);
  return { isLost, sentence: sentence ?? (isLost ? 'The connection was lost.' : 'That did not work on the server.') };
}
