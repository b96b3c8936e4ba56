import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { HANDSHAKE, record, SEPARATOR, type Heard } from './hub-peer.js';
import { negotiate } from './nest-knock.js';

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A client that makes every request by itself: for what lies between HTTP and the hub protocol. */
export class HubRequests {
  private readonly agent = new Agent({ keepAlive: true });

  /** @param url - of the hub with the token of a connection. */
  private constructor(
    readonly url: string,
    readonly connectionId: string,
    readonly headers: Record<string, string>,
  ) {}

  /** Negotiates, and no more. */
  static async negotiated(hub: string, headers: Record<string, string> = {}): Promise<HubRequests> {
    const { connectionId, connectionToken } = await negotiate(hub, headers);
    return new HubRequests(`${hub}?id=${connectionToken}`, connectionId, headers);
  }

  /** Makes the first poll. */
  static async polling(hub: string, headers?: Record<string, string>): Promise<HubRequests> {
    const client = await HubRequests.negotiated(hub, headers);
    await client.poll();
    return client;
  }

  /** Polls, and shakes hands. */
  static async joined(hub: string, headers?: Record<string, string>): Promise<HubRequests> {
    const client = await HubRequests.polling(hub, headers);
    await client.post(HANDSHAKE);
    await client.poll();
    return client;
  }

  /** A poll, or another request without a body. */
  async poll(headers: Record<string, string> = {}, method = 'GET'): Promise<Answered> {
    return answerTo(this.begin(method, headers).end());
  }

  /** A poll that somebody else may cut. Settles when the server has it. */
  begin(method: string, headers: Record<string, string> = {}): ClientRequest {
    const asked = request(this.url, { method, agent: this.agent, headers: { ...this.headers, ...headers } });
    asked.on('error', () => undefined);
    return asked;
  }

  post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answered> {
    return answerTo(this.begin('POST', headers).end(body));
  }

  delete(headers?: Record<string, string>): Promise<Answered> {
    return this.poll(headers, 'DELETE');
  }

  /** Calls a method and polls for what comes next. */
  async ask(target: string, ...args: unknown[]): Promise<Heard[]> {
    await this.post(record({ type: 1, invocationId: '1', target, arguments: args }));
    return messagesOf((await this.poll()).body);
  }

  /** Listens to events. */
  async listen(headers: Record<string, string> = {}): Promise<EventStream> {
    const asked = this.begin('GET', { Accept: 'text/event-stream', ...headers }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return new EventStream(response);
  }
}

/** An event stream as it comes over the wire. */
export class EventStream {
  /** Settles when there is no more. */
  readonly ended: Promise<unknown>;
  private text = '';

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    response.on('error', () => undefined);
    this.ended = once(response, 'close');
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** All that has come, once it ends with `end`. */
  async until(end: string): Promise<string> {
    while (!this.text.endsWith(end)) await once(this.response, 'data');
    return this.text;
  }
}

export function messagesOf(body: string): Heard[] {
  return body
    .split(SEPARATOR)
    .slice(0, -1)
    .map((one) => JSON.parse(one) as Heard);
}

export async function answerTo(asked: ClientRequest): Promise<Answered> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
