const { HubConnectionBuilder, HubConnectionState, LogLevel } = globalThis.signalR;

/** How long to wait before each attempt to reconnect, in milliseconds; the last one is for all that follow. */
const delays = [0, 500, 1_000, 2_000, 3_000, 5_000];
const giveUpAfter = 3 * 60_000;

const retries = {
  nextRetryDelayInMilliseconds: ({ previousRetryCount, elapsedMilliseconds }) =>
    elapsedMilliseconds > giveUpAfter ? null : delays[Math.min(previousRetryCount, delays.length - 1)],
};

/** The connection to the hub. The only file that knows SignalR. */
export class Connection {
  #hub = new HubConnectionBuilder().withUrl('chat').withAutomaticReconnect(retries).configureLogging(LogLevel.None).build();
  #onState;

  /**
   * @param handlers what the server may call, by name.
   * @param onState is told 'connecting', 'connected', 'reconnecting' and 'lost'; with the last, why, if the server said so.
   */
  constructor(handlers, onState) {
    this.#onState = onState;
    for (const [name, handler] of Object.entries(handlers)) this.#hub.on(name, handler);
    this.#hub.onreconnecting(() => onState('reconnecting'));
    this.#hub.onreconnected(() => onState('connected'));
    this.#hub.onclose((error) => onState('lost', reasonOf(error)));
  }

  get isConnected() {
    return this.#hub.state === HubConnectionState.Connected;
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

  /** Calls a method of the hub. Rejects with an error whose message can be shown. */
  async invoke(method, ...args) {
    if (!this.isConnected) throw new Error('There is no connection right now.');
    try {
      return await this.#hub.invoke(method, ...args);
    } catch (error) {
      throw new Error(sentenceOf(error), { cause: error });
    }
  }

  /** Calls a method of the hub whose outcome does not matter. */
  tell(method, ...args) {
    this.#hub.send(method, ...args).catch(() => undefined);
  }
}

/** The server says: `An unexpected error occurred invoking 'say' on the server. HubException: There is nothing to send.` */
function sentenceOf({ message }) {
  const [, sentence] = /HubException: (.*)$/s.exec(message) ?? [];
  return sentence ?? 'That did not work. Please try again.';
}

function reasonOf(error) {
  const [, reason] = /^Server returned an error on close: (.*)$/s.exec(error?.message) ?? [];
  return reason;
}
