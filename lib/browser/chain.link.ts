import { type ConnectionError, connectionErrors } from './chain.errors.js';
import { Nodes, type GetNodes } from './chain.nodes.js';
import { Stream, type StreamListener, type TransportConfig } from './chain.stream.js';
import type { Tab } from './chain.tab.js';
import { after, type Cancel, Retry } from './chain.timer.js';

/** Times are milliseconds. */
export interface LinkSettings {
  readonly getNodes: GetNodes;
  readonly getNodesInterval: number;
  readonly dropNodeConnectionAfter: number;
  readonly transport: TransportConfig;
}

/** What becomes of a link. */
export interface LinkListener {
  /** @param isResumed - whether the server still has everything as it was. */
  opened(isResumed: boolean): void;
  message(data: string): void;
  /** It is not there, and comes back by itself. */
  lost(error: ConnectionError): void;
  /** There is no server to connect to. */
  missing(): void;
}

const RECONNECT_DELAYS = [250, 500, 1_000, 2_000, 5_000, 10_000];

/** The way to the best of the servers, whichever that is: it comes back when it is lost, and goes over to a better one. */
export class Link {
  /** Whether there is a connection. */
  isConnected = false;
  private stream: Stream | undefined;
  /** To a better server that has not answered yet. */
  private candidate: Stream | undefined;
  private readonly retiring = new Map<Stream, Cancel>();
  private readonly nodes: Nodes;
  private readonly retry = new Retry(RECONNECT_DELAYS, () => this.reopen(), true);

  constructor(
    private readonly settings: LinkSettings,
    private readonly tab: Tab,
    private readonly listener: LinkListener,
  ) {
    const { getNodes, getNodesInterval } = settings;
    this.nodes = new Nodes(
      getNodes,
      getNodesInterval,
      (best) => this.prefer(best),
      () => listener.missing(),
    );
  }

  start(): void {
    // Only browsers know of their network.
    globalThis.addEventListener?.('online', this.online);
    this.nodes.start();
  }

  stop(): void {
    globalThis.removeEventListener?.('online', this.online);
    this.isConnected = false;
    this.nodes.stop();
    this.retry.reset();
    for (const stream of [this.stream, this.candidate, ...this.retiring.keys()]) stream?.close();
    for (const cancel of this.retiring.values()) cancel();
    this.retiring.clear();
    this.candidate = undefined;
  }

  /** See {@link Stream.send}. */
  async send(frame: string): Promise<ConnectionError | undefined> {
    return this.stream?.send(frame);
  }

  private streamTo(endpoint: string, sid: string): Stream {
    return new Stream(endpoint, sid, this.settings.transport, this.streams);
  }

  /** The first session has the name that the tab had before; another server's is another session. */
  private sidFor(before: Stream | undefined): string {
    return before === undefined ? this.tab.sid : this.tab.rename();
  }

  /** Goes over to the best server, and stays with the present one until that has answered. */
  private prefer(best: string): void {
    const { stream, candidate } = this;
    if (stream?.endpoint === best || stream?.isOpen !== true) return this.reopen();
    if (candidate?.endpoint === best) return;
    candidate?.close();
    this.candidate = this.streamTo(best, this.tab.rename());
    this.candidate.open();
  }

  private reopen(): void {
    const { stream } = this;
    const endpoint = this.nodes.current;
    if (endpoint === undefined) return;
    if (stream?.endpoint !== endpoint) this.stream = this.streamTo(endpoint, this.sidFor(stream));
    if (this.stream?.isOpen === false) this.stream.open();
  }

  /** A session is kept for seconds: there is none to lose by waiting when the network is there again. */
  private readonly online = (): void => {
    if (!this.isConnected) this.retry.now();
  };

  private readonly streams: StreamListener = {
    opened: (stream, isResumed) => this.opened(stream, isResumed),
    message: (data) => this.listener.message(data),
    lost: (stream, error) => this.lost(stream, error),
    replaced: (stream) => this.moveAway(stream),
  };

  private opened(stream: Stream, isResumed: boolean): void {
    if (stream === this.candidate) this.goOver(stream);
    if (stream !== this.stream) return;
    this.isConnected = true;
    this.retry.reset();
    this.listener.opened(isResumed);
  }

  private goOver(stream: Stream): void {
    const old = this.stream;
    this.stream = stream;
    this.candidate = undefined;
    if (old !== undefined)
      this.retiring.set(
        old,
        after(this.settings.dropNodeConnectionAfter, () => this.retire(old)),
      );
  }

  private retire(stream: Stream): void {
    stream.close();
    this.retiring.delete(stream);
  }

  private lost(stream: Stream, error: ConnectionError): void {
    if (stream === this.candidate) this.candidate = undefined;
    if (stream !== this.stream) return;
    // Only a server that does not even answer makes way for the next one.
    if (!this.isConnected) this.nodes.next();
    this.isConnected = false;
    this.retry.again();
    this.listener.lost(error);
  }

  /** A copy of the tab has its name, and the session with it. This one begins another, or they would take it from each other for ever. */
  private moveAway(stream: Stream): void {
    if (stream !== this.stream) return;
    this.isConnected = false;
    this.stream = this.streamTo(stream.endpoint, this.tab.rename());
    this.stream.open();
    this.listener.lost(connectionErrors.replaced());
  }
}
