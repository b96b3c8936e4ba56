import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { OpeningRequest } from '../connections/connection.birth.js';
import type { Entrant, Exchange, ExchangeStream } from '../connections/exchange.js';
import { bytesTakenOf, onceResponseTaken } from '../connections/transports/taken.js';
import { writeOn, type FlushableResponse } from '../connections/transports/write-on.js';
import type { FoundRoute } from './channel.registry.js';
import { visitOf } from './channel-visit.js';
import type { Admission, Doorman } from './connect-gate.js';
import { answerRequest, plain } from './http-answer.js';
import type { Knock } from './http-entrance.js';
import type { IncomingBodies } from './incoming-bodies.js';
import { bodyOf } from './request-body.js';

const TAKEN = plain(400, 'A parser has taken the body of this request.');

/** What answers are where nobody says otherwise. */
const PLAIN = { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' };

/** A request of Node's own server, and its answer. */
export class HttpExchange implements Exchange {
  readonly request: OpeningRequest;
  readonly query: URLSearchParams;
  readonly parameter: string | undefined;
  private readonly response: ServerResponse;
  /** Whether the answer is ours. */
  private hasBegun = false;

  constructor(
    knock: Knock,
    private readonly found: FoundRoute,
    private readonly doorman: Doorman,
    private readonly bodies: IncomingBodies,
  ) {
    this.request = knock.request;
    this.response = knock.response;
    this.parameter = found.parameter;
    this.query = visitOf(knock.request, undefined).query;
    // What is written to who has gone is nobody's mistake.
    this.response.on('error', nothing);
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  async admit(refuse?: (status: number) => void): Promise<Entrant | undefined> {
    return this.entrantOf(await this.doorman.admit(this.found.served, this.request, this.response), refuse);
  }

  async readmit(refuse?: (status: number) => void): Promise<Entrant | undefined> {
    return this.entrantOf(await this.doorman.readmit(this.found.served, this.request, this.response), refuse);
  }

  async body(maximum: number): Promise<Buffer | undefined> {
    const body = bodyOf(this.request);
    const read = body === undefined ? TAKEN : await this.bodies.read(body, maximum);
    if (Buffer.isBuffer(read)) return read;
    // What comes yet is not waited for.
    this.response.shouldKeepAlive = false;
    answerRequest(this.response, read);
    return undefined;
  }

  answer(status: number, body: string | Buffer = '', headers: OutgoingHttpHeaders = {}): void {
    const { response } = this;
    if (this.doorman.isClosed) response.shouldKeepAlive = false;
    this.begin(status, { ...PLAIN, 'Content-Length': Buffer.byteLength(body), ...headers });
    if (this.hasBegun) response.end(body);
  }

  stream(status: number, headers: OutgoingHttpHeaders): ExchangeStream {
    const { response } = this;
    const hasLength = 'Content-Length' in headers;
    if (!hasLength || this.doorman.isClosed) response.shouldKeepAlive = false;
    this.begin(status, { 'Content-Type': 'text/event-stream', ...headers });
    if (!hasLength && this.hasBegun) response.flushHeaders();
    return new ResponseStream(response);
  }

  onceOver(callback: (isOut: boolean) => void): void {
    const { response } = this;
    const { socket } = this.request;
    let isOut = false;
    if (response.destroyed) return void setImmediate(callback, false);
    // Node says so of what was in a socket that is cut off, too.
    response.once('finish', () => (isOut = this.hasBegun && !socket.destroyed));
    response.once('close', () => callback(isOut));
  }

  /** Somebody else may have answered, or what wraps the response may fail: whoever answers later has nobody to tell. */
  private begin(status: number, headers: OutgoingHttpHeaders): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    try {
      response.writeHead(status, headers);
      this.hasBegun = true;
    } catch (error) {
      this.found.served.endpoint.report('answering a request', error);
      response.destroy();
    }
  }

  /** Whoever may not enter is answered. */
  private entrantOf(admission: Admission, refuse: ((status: number) => void) | undefined): Entrant | undefined {
    if (admission.refusal === undefined) return { user: admission.user, userIdentifier: admission.userIdentifier };
    const { response } = this;
    if (refuse === undefined || response.headersSent) answerRequest(response, admission.refusal);
    else refuse(admission.refusal.status);
    return undefined;
  }
}

/** An answer that goes on. */
class ResponseStream implements ExchangeStream {
  constructor(private readonly response: FlushableResponse) {}

  get bufferedAmount(): number {
    return this.response.writableLength;
  }

  get taken(): number | undefined {
    return bytesTakenOf(this.response);
  }

  onceDrained(callback: () => void): void {
    onceResponseTaken(this.response, callback);
  }

  write(text: string): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    writeOn(this.response, text);
  }

  end(): void {
    if (!this.response.destroyed) this.response.end();
  }

  destroy(): void {
    this.response.destroy();
  }
}

function nothing(): void {}
