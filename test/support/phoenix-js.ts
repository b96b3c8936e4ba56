import { afterEach } from '@jest/globals';
import { Socket, type Channel, type SocketConnectOption } from 'phoenix';
import { WebSocket } from 'ws';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { Changes } from './changes.js';

/** What a push came to. */
export interface Pushed {
  readonly status: 'ok' | 'error' | 'timeout';
  readonly response: unknown;
}

/** A topic as phoenix.js has it. */
export class PhoenixTopic {
  /** What its join was answered with. */
  reply: unknown;
  private joins = 0;
  private readonly changes = new Changes();
  private readonly heard = new Map<string, Mailbox<unknown>>();

  constructor(readonly channel: Channel) {}

  async join(): Promise<Pushed> {
    const push = this.channel.join();
    push.receive('ok', () => {
      this.joins++;
      this.changes.announce();
    });
    const joined = await outcomeOf(push);
    this.reply = joined.response;
    return joined;
  }

  /** Settles when it has joined once more: phoenix.js does so by itself. */
  async again(): Promise<void> {
    const { joins } = this;
    await this.changes.until(() => this.joins > joins);
  }

  leave(): Promise<Pushed> {
    return outcomeOf(this.channel.leave());
  }

  push(event: string, payload: unknown = {}): Promise<Pushed> {
    return outcomeOf(this.channel.push(event, payload as object));
  }

  /** Listens to an event from now on. */
  listen(event: string): this {
    const mailbox = new Mailbox<unknown>();
    this.heard.set(event, mailbox);
    this.channel.on(event, (payload) => mailbox.put(payload));
    return this;
  }

  /** The payload of the next such event, of those that came since it is listened to. */
  next(event: string): Promise<unknown> {
    return (this.heard.get(event) as Mailbox<unknown>).take(() => true);
  }

  /** Settles when phoenix.js says that the channel is closed, or has failed. */
  until(what: 'close' | 'error'): Promise<unknown> {
    return new Promise((resolve) => (what === 'close' ? this.channel.onClose(resolve) : this.channel.onError(resolve)));
  }
}

const open = new Set<PhoenixUser>();

afterEach(() => {
  for (const user of open) user.disconnect();
});

/** phoenix.js, as a browser would use it, until the test is over; its times are short. */
export class PhoenixUser {
  readonly socket: Socket;
  private readonly topics: PhoenixTopic[] = [];

  /** @param endpoint - its URL, of HTTP. */
  constructor(endpoint: string, options: Partial<SocketConnectOption> & { authToken?: string } = {}) {
    const times = { reconnectAfterMs: () => 1, rejoinAfterMs: () => 1 };
    this.socket = new Socket(endpoint.replace('http', 'ws'), { transport: WebSocket, ...times, ...options });
    open.add(this);
  }

  /** One that is about to connect. */
  static begin(endpoint: string): PhoenixUser {
    const user = new PhoenixUser(endpoint);
    user.socket.connect();
    return user;
  }

  /** Connects, and waits until that has come to something. */
  connect(): Promise<'open' | 'error'> {
    const connected = new Promise<'open' | 'error'>((resolve) => {
      this.socket.onOpen(() => resolve('open'));
      this.socket.onError(() => resolve('error'));
    });
    this.socket.connect();
    return connected;
  }

  topic(topic: string, params: object | (() => object) = {}): PhoenixTopic {
    const made = new PhoenixTopic(this.socket.channel(topic, params));
    this.topics.push(made);
    return made;
  }

  /** Joins a topic, or says why it may not. */
  async join(topic: string, params?: object): Promise<PhoenixTopic> {
    const joined = this.topic(topic, params);
    const { status, response } = await joined.join();
    if (status !== 'ok') throw new Error(`${topic}: ${status} ${JSON.stringify(response)}`);
    return joined;
  }

  /** Settles when a topic is joined, again or for the first time, whoever has asked for it. */
  joined(topic: string): Promise<void> {
    return new Promise((resolve) => {
      const known = this.socket.onMessage((message: object) => {
        const { event, topic: where } = message as { event: string; topic: string };
        if (event !== 'phx_reply' || where !== topic) return;
        this.socket.off([known]);
        resolve();
      });
    });
  }

  /** Settles when the WebSocket is lost; another one comes by itself. */
  lose(): Promise<void> {
    return new Promise((resolve) => {
      const known = this.socket.onClose(() => {
        this.socket.off([known]);
        resolve();
      });
      (Reflect.get(this.socket, 'conn') as WebSocket).terminate();
    });
  }

  /** Leaves nothing to the clock. */
  disconnect(): void {
    open.delete(this);
    this.socket.disconnect();
    for (const { channel } of this.topics) channel.leave();
  }
}

function outcomeOf(push: ReturnType<Channel['join']>): Promise<Pushed> {
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'timeout'] as const) push.receive(status, (response: unknown) => resolve({ status, response }));
  });
}
