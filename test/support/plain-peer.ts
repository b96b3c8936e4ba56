import type { INestApplicationContext } from '@nestjs/common';
import type { ChannelFrame } from 'nestjs-signalr';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { connect, type Connected } from './channel-connect.js';
import type { MemoryTransport } from './memory-transport.js';
import type { Said } from './plain-dialect.js';

/** A client that speaks the {@link PlainDialect} without a network. */
export class PlainPeer {
  private constructor(
    private readonly connected: Connected,
    private readonly mailbox: Mailbox<Said>,
  ) {
    void this.transport.closed.then(({ reason }) => mailbox.close(new Error(reason.text)));
  }

  /** @param url - of the endpoint, with the topic that it is to join or 'websocket'. */
  static async open(app: INestApplicationContext, url = '/plain/websocket', user?: unknown): Promise<PlainPeer> {
    const mailbox = new Mailbox<Said>();
    return new PlainPeer(await connect(app, url, user, (document) => mailbox.put(JSON.parse(String(document)) as Said)), mailbox);
  }

  get transport(): MemoryTransport {
    return this.connected.transport;
  }

  say(frame: Partial<ChannelFrame>): void {
    this.transport.send(JSON.stringify(frame));
  }

  hear(): Promise<Said> {
    return this.mailbox.take(() => true);
  }

  /** The next that has this property. */
  next(property: string): Promise<Said> {
    return this.mailbox.take((said) => property in said);
  }

  /** Joins a topic. */
  async join(topic: string): Promise<this> {
    this.say({ kind: 'join', topic, ref: 0, args: [] });
    await this.next('reply');
    return this;
  }
}
