import type { TestingModule } from '@nestjs/testing';
import type { Session } from '../../lib/channels/session.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { connect } from './channel-connect.js';
import type { DialectClient, Outcome } from './dialect.contract.js';
import { PhoenixPoller } from './phoenix-poller.js';

/** A message of either version. */
interface Message {
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  readonly ref: string | null;
}

/** What carries a client's messages. */
export interface Carrier extends Pick<DialectClient, 'session' | 'served' | 'send' | 'vanish'> {}

/** A client of either version of Phoenix' serializer, as the dialects' contract wants it. */
export class PhoenixClient implements DialectClient {
  private readonly joinRefs = new Map<string, string>();
  private lastRef = 0;

  private constructor(
    private readonly carrier: Carrier,
    private readonly version: string,
    private readonly mailbox: Mailbox<Message>,
  ) {}

  /** One with a WebSocket. */
  static async open(app: TestingModule, version: string): Promise<PhoenixClient> {
    const mailbox = new Mailbox<Message>();
    const url = `/other/websocket?vsn=${version}`;
    const { session, served, transport } = await connect(app, url, undefined, (document) => mailbox.put(read(document)));
    const carrier = { session, served, send: transport.send.bind(transport), vanish: () => transport.vanish() };
    return new PhoenixClient(carrier, version, mailbox);
  }

  /** One that polls. */
  static async poll(app: TestingModule, version: string): Promise<PhoenixClient> {
    const mailbox = new Mailbox<Message>();
    const carrier = await PhoenixPoller.open(app, `/other/longpoll?vsn=${version}`, (document) => mailbox.put(read(document)));
    return new PhoenixClient(carrier, version, mailbox);
  }

  get session(): Session {
    return this.carrier.session;
  }

  get served(): Promise<unknown> {
    return this.carrier.served;
  }

  join(topic: string, payload: unknown = {}): Promise<Outcome> {
    this.joinRefs.set(topic, String(this.lastRef + 1));
    return this.push(topic, 'phx_join', payload);
  }

  leave(topic: string): Promise<Outcome> {
    return this.push(topic, 'phx_leave');
  }

  async push(topic: string, event: string, payload: unknown = {}): Promise<Outcome> {
    const ref = String(++this.lastRef);
    const isFirst = this.version === '1.0.0';
    this.send(JSON.stringify(isFirst ? { topic, event, payload, ref } : [this.joinRefs.get(topic) ?? null, ref, topic, event, payload]));
    const answer = await this.mailbox.take((message) => message.event === 'phx_reply' && message.ref === ref);
    const { status, response } = answer.payload as { status: Outcome['status']; response: unknown };
    return { status, payload: response };
  }

  async heard(event: string): Promise<{ topic: string; payload: unknown }> {
    const { topic, payload } = await this.mailbox.take((message) => message.event === event);
    return { topic, payload };
  }

  async closed(): Promise<string> {
    return (await this.heard('phx_close')).topic;
  }

  send(document: string | Uint8Array): void {
    this.carrier.send(document);
  }

  vanish(): void {
    this.carrier.vanish();
  }
}

function read(document: string | Uint8Array): Message {
  return typeof document === 'string' ? messageOf(JSON.parse(document)) : broadcastOf(Buffer.from(document));
}

function messageOf(json: unknown): Message {
  if (!Array.isArray(json)) return json as Message;
  const [, ref, topic, event, payload] = json as [unknown, string | null, string, string, unknown];
  return { ref, topic, event, payload };
}

/** `02 | lengths of topic and event | topic | event | payload`. */
function broadcastOf(bytes: Buffer): Message {
  const [topicEnd, eventEnd] = [3 + bytes[1], 3 + bytes[1] + bytes[2]];
  return {
    ref: null,
    topic: bytes.toString('utf8', 3, topicEnd),
    event: bytes.toString('utf8', topicEnd, eventEnd),
    payload: bytes.subarray(eventEnd),
  };
}
