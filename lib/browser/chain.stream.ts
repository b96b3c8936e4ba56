import { ConnectionError, connectionErrors } from './chain.errors.js';
import { EventReader } from './chain.events.js';
import { after } from './chain.timer.js';

/** How a page reaches the server; the member `name` is there for the sake of older pages. */
export interface TransportConfig {
  readonly name?: 'SSE';
  /** Whether cookies go to a server of another origin. Its answers have to allow it. */
  readonly cors?: boolean;
  /** Goes into the query of the stream, where the server finds it as `session.params`; a function is asked at each connect. */
  readonly params?: Params | (() => Params);
}

type Params = Readonly<Record<string, string | number | boolean>>;

/** What becomes of a stream. */
export interface StreamListener {
  /** @param isResumed - whether the server still has the session as it was, and has lost nothing. */
  opened(stream: Stream, isResumed: boolean): void;
  message(data: string): void;
  /** The stream is over, or did not begin. Not called after {@link Stream.close}. */
  lost(stream: Stream, error: ConnectionError): void;
  /** Another window has taken this session over: it has copied the name of this one. */
  replaced(stream: Stream): void;
}

/** The server's word for a session that goes on, and for a stream that had to make way for another. */
const RESUMED = 'resumed';
const REPLACED = 'replaced';
const GONE = 410;
/** So many times the server may keep silent for as long as it says it does. */
const BEATS = 2.5;
/** How long the beginning of an answer may take, in milliseconds. */
const ANSWER_TIMEOUT = 30_000;

/** One session at one server: an event stream down, and posts up, one after the other so that none overtakes another. */
export class Stream {
  private aborter: AbortController | undefined;
  private posts: Promise<unknown> = Promise.resolve();
  private readonly events = new EventReader({
    message: (data) => this.listener.message(data),
    comment: (text) => text === REPLACED && this.replaced(),
  });

  /** @param sid - the name of the session among those of the browser. */
  constructor(
    readonly endpoint: string,
    private readonly sid: string,
    private readonly config: TransportConfig,
    private readonly listener: StreamListener,
  ) {}

  /** Whether it is open or about to be. */
  get isOpen(): boolean {
    return this.aborter !== undefined;
  }

  /** Begins it, or begins it anew where it was before. */
  open(): void {
    this.close();
    const aborter = (this.aborter = new AbortController());
    this.events.begin();
    void this.read(aborter).catch((error: unknown) => this.fail(aborter, asConnectionError(error)));
  }

  /** Ends it without a word to the listener. */
  close(): void {
    const { aborter } = this;
    this.aborter = undefined;
    aborter?.abort();
  }

  /**
   * Posts a frame when those before it have been answered.
   *
   * @returns why it may not have arrived, if so.
   */
  send(frame: string): Promise<ConnectionError | undefined> {
    const { aborter } = this;
    const posted = this.posts.then(() => this.post(frame, aborter));
    this.posts = posted;
    return posted;
  }

  private async read(aborter: AbortController): Promise<void> {
    const { signal } = aborter;
    const response = await inTurn(this.endpoint, () => this.fetch(this.streamUrl(), { headers: { Accept: 'text/event-stream' } }, aborter));
    const { body } = response;
    if (!response.ok || body === null) throw await refusalOf(response);
    if (signal.aborted) return;
    this.listener.opened(this, response.headers.get('x-chain-session') === RESUMED);
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const silence = BEATS * Number(response.headers.get('x-chain-keep-alive') ?? Infinity);
    const next = (): Promise<ReadableStreamReadResult<string>> => this.within(silence, aborter, reader.read());
    for (let part = await next(); !part.done; part = await next()) if (!signal.aborted) this.events.push(part.value);
    throw connectionErrors.ended();
  }

  /** A network may be gone without a word. Servers that say how often they say something are not waited for much longer than that. */
  private async within<T>(silence: number, aborter: AbortController, work: Promise<T>): Promise<T> {
    const cancel = silence < Infinity ? after(silence, () => this.fail(aborter, connectionErrors.silent(silence))) : () => {};
    try {
      return await work;
    } finally {
      cancel();
    }
  }

  private async post(body: string, aborter: AbortController | undefined): Promise<ConnectionError | undefined> {
    try {
      const headers = { 'Content-Type': 'application/json' };
      // Not the stream's own aborter: a session may outlive its stream, and what is on its way arrives.
      const response = await this.fetch(this.url({ sid: this.sid }), { method: 'POST', headers, body }, new AbortController());
      if (response.ok) return undefined;
      const error = await refusalOf(response);
      if (response.status === GONE) this.fail(aborter, error);
      return error;
    } catch (thrown) {
      const error = asConnectionError(thrown);
      this.fail(aborter, error);
      return error;
    }
  }

  private replaced(): void {
    this.close();
    this.listener.replaced(this);
  }

  /** What fails later than its stream is of the past. */
  private fail(aborter: AbortController | undefined, error: ConnectionError): void {
    if (aborter === undefined || aborter !== this.aborter) return;
    this.close();
    this.listener.lost(this, error);
  }

  private async fetch(url: string, init: RequestInit, aborter: AbortController): Promise<Response> {
    const credentials = this.config.cors === true ? 'include' : 'same-origin';
    const cancel = after(ANSWER_TIMEOUT, () => aborter.abort());
    try {
      return await fetch(url, { ...init, cache: 'no-store', credentials, signal: aborter.signal });
    } finally {
      cancel();
    }
  }

  private streamUrl(): string {
    const { params } = this.config;
    const { lastEventId } = this.events;
    const position: Params = lastEventId === '' ? {} : { lastEventId };
    return this.url({ ...(typeof params === 'function' ? params() : params), ...position, sid: this.sid });
  }

  private url(query: Params): string {
    const [path, before] = this.endpoint.split('?');
    const search = new URLSearchParams(before);
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    return `${path.replace(/\/+$/, '')}/sse?${search.toString()}`;
  }
}

/** All tabs of a browser have one cookie, which holds the sessions of all: an answer that does not know of another would take that one's out. */
async function inTurn<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  let hasBegun = false;
  const begin = (): Promise<T> => {
    hasBegun = true;
    return work();
  };
  try {
    return await (locks === undefined ? begin() : locks.request(`chain ${endpoint}`, begin));
  } catch (error) {
    // A page that may keep nothing may have no locks either.
    if (hasBegun) throw error;
    return work();
  }
}

async function refusalOf(response: Response): Promise<ConnectionError> {
  return connectionErrors.refused(response.status, (await response.text()).trim());
}

function asConnectionError(thrown: unknown): ConnectionError {
  return thrown instanceof ConnectionError ? thrown : connectionErrors.unreachable(thrown);
}
