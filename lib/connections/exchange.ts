import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { OpeningRequest } from './connection.birth.js';

/** The headers of an answer. */
export type AnswerHeaders = OutgoingHttpHeaders;

/** Who a request comes from, as guards and authentication say. */
export interface Entrant {
  readonly user: unknown;
  readonly userIdentifier: string | undefined;
}

/** The way down of a request whose answer has no end yet. */
export interface ExchangeStream {
  /** Bytes that were written and that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  /** Bytes that it has taken, where they are counted. */
  readonly taken?: number | undefined;
  /** Calls back once, when all of them are taken. */
  onceDrained(callback: () => void): void;
  write(text: string): void;
  end(): void;
  /** Ends it without waiting for a peer that does not read. */
  destroy(): void;
}

/** One HTTP request and its answer, for those who speak a protocol of their own over HTTP. It is answered once. */
export interface Exchange {
  readonly request: OpeningRequest;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The query as the client wrote it. */
  readonly query: URLSearchParams;
  /** What stands in the path at the place of `:name`. */
  readonly parameter: string | undefined;
  /**
   * Asks the guards and the authentication of the endpoint.
   *
   * @param refuse - answers who may not enter, in the place of what they say; gets their status.
   * @returns undefined for who may not enter: that has been answered then.
   */
  admit(refuse?: (status: number) => void): Promise<Entrant | undefined>;
  /** The same for a request of a session that is there: also an application that ends serves it to its end. */
  readmit(refuse?: (status: number) => void): Promise<Entrant | undefined>;
  /**
   * The whole body.
   *
   * @returns undefined for one that is larger than `maximum` bytes, breaks off, was read by somebody else or is still being sent when the application
   * ends: that has been answered then.
   */
  body(maximum: number): Promise<Buffer | undefined>;
  answer(status: number, body?: string | Buffer, headers?: AnswerHeaders): void;
  /** Begins an answer of type text/event-stream, or whatever `headers` say; where they say a length, others may follow over the same socket. */
  stream(status: number, headers: AnswerHeaders): ExchangeStream;
  /**
   * Calls back once, when the peer is gone or its answer is out.
   *
   * @param callback - told whether the operating system has taken all of an answer.
   */
  onceOver(callback: (isOut: boolean) => void): void;
}
