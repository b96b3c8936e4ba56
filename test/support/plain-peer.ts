import type { INestApplicationContext } from '@nestjs/common';
import type { ChannelFrame, SocketRoute } from 'nestjs-signalr';
import type { IncomingMessage } from 'node:http';
import type { EndpointEntry } from '../../lib/channels/channel.entry.js';
import type { Session } from '../../lib/channels/session.js';
import { ChannelRegistry } from '../../lib/nest/channel.registry.js';
import { visitOf } from '../../lib/nest/channel-visit.js';
import { Mailbox } from '../../lib/testing/mailbox.js';
import { MemoryTransport } from './memory-transport.js';
import type { Said } from './plain-dialect.js';

/** A client that speaks the {@link PlainDialect} without a network. */
export class PlainPeer {
  readonly transport: MemoryTransport;
  readonly served: Promise<void>;
  private readonly mailbox = new Mailbox<Said>();

  private constructor(
    entry: EndpointEntry,
    readonly session: Session,
  ) {
    this.transport = new MemoryTransport((document) => this.mailbox.put(JSON.parse(String(document)) as Said));
    const connection = entry.begin(session, this.transport);
    this.transport.serve(connection);
    this.served = connection.ended();
    void this.transport.closed.then(({ reason }) => this.mailbox.close(new Error(reason.text)));
  }

  /** @param url - of the endpoint, with the topic that it is to join or 'websocket'. */
  static async open(app: INestApplicationContext, url = '/plain/websocket', user?: unknown): Promise<PlainPeer> {
    const found = app.get(ChannelRegistry, { strict: false }).find(url);
    if (found === undefined) throw new Error(`Nobody is at ${url}.`);
    const { entry, endpoint } = found.served;
    const request = { url, headers: {} } as IncomingMessage;
    const offer = (found.route as SocketRoute).connect(visitOf(request, found.parameter));
    if (offer === undefined) throw new Error('It was not understood.');
    const session = await entry.prepare(request, { user, userIdentifier: endpoint.identify(user) }, offer);
    if (session.refusal !== undefined) throw new Error(session.refusal);
    return new PlainPeer(entry, session);
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
