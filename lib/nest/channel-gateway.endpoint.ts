import { frameErrors } from '../common/channel-errors.js';
import { ChannelCall, type CallPlace } from '../channels/channel.call.js';
import { ChannelCore, type ChannelGround } from '../channels/channel.core.js';
import type { ChannelDescriptor, ChannelEndpointDescriptor, ChannelHandler } from '../channels/channel.descriptor.js';
import type { CloseReason } from '../common/close-reason.js';
import type { ChannelSession } from '../channels/channel.socket.js';
import type { ChannelDialect } from '../channels/dialect.js';
import { PatternTable } from '../channels/patterns.js';
import type { TopicMember } from '../channels/topic.member.js';
import { ChannelGatewayClient, ChannelGatewayServer, type ChannelGatewayHome, type RoomLimits } from './channel-gateway.client.js';
import { answerOf } from './gateway.answer.js';
import type { GatewayConnect, ServedGateways } from './gateway.endpoint.js';
import type { GatewayPeer, MessageHandler, Transform } from './gateway.peer.js';
import type { Step } from './handler-pipeline.js';

/** Topics of gateways are names that clients choose. */
const ANY = '*';

/** All plain gateways at one path, as a channel in which every topic can be joined: their messages are its events. */
export class ChannelGatewayEndpoint implements ServedGateways, ChannelGatewayHome {
  /** Its own: who joins a topic here is in no topic of any channel. */
  readonly core: ChannelCore;
  readonly descriptor: ChannelEndpointDescriptor;
  readonly server: ChannelGatewayServer;
  private readonly connects: GatewayConnect[] = [];
  /** By their sessions. */
  private readonly clients = new WeakMap<object, ChannelGatewayClient>();
  /** By client and message. */
  private readonly handlers = new WeakMap<GatewayPeer, Map<string, (call: ChannelCall) => unknown>>();

  constructor(
    readonly path: string,
    dialect: ChannelDialect,
    ground: ChannelGround,
    readonly limits: RoomLimits,
    private readonly guards: readonly Step[],
  ) {
    const name = `gateway ${path}`;
    const channel = this.channel(name);
    this.core = new ChannelCore(ground);
    this.core.add(channel);
    this.server = new ChannelGatewayServer(this);
    this.descriptor = {
      name,
      path,
      dialect,
      channels: [channel],
      onConnected: (call) => this.connected(call),
      onDisconnected: (call) => this.disconnected(call),
    };
  }

  onConnect(callback: GatewayConnect): void {
    this.connects.push(callback);
  }

  bind(client: GatewayPeer, handlers: readonly MessageHandler[], transform: Transform): void {
    const own = this.handlers.get(client) ?? new Map<string, (call: ChannelCall) => unknown>();
    this.handlers.set(client, own);
    for (const handler of handlers) {
      own.set(String(handler.message), ({ place, data }) => {
        const emit = (event: string, given: unknown): unknown => (place as TopicMember).caller.push(event, given);
        return answerOf({ client, data, emit }, handler, transform);
      });
    }
  }

  readonly report = (doing: string, error: unknown): void => this.core.report(this.descriptor.name, doing, error);

  private channel(name: string): ChannelDescriptor {
    const isGuarded = this.guards.length > 0;
    const nothing = new PatternTable<never>([]);
    const all = (handler: ChannelHandler): PatternTable<ChannelHandler> => new PatternTable([[ANY, handler]]);
    return {
      name,
      patterns: [ANY],
      expiresAfter: 0,
      joins: all((call) => this.join(call)),
      leaves: all((call) => this.clientOf(call)?.exit(call.place as TopicMember)),
      incoming: new PatternTable([[ANY, { name: ANY, handle: (call) => this.handle(call), isOnce: false, reply: 'sender' }]]),
      outgoing: nothing,
      opened: undefined,
      closed: undefined,
      guard: isGuarded ? (call) => this.askGuards(call) : undefined,
      isGuarded,
      subscriptions: [],
      presence: false,
      presenceChanged: undefined,
      history: undefined,
    };
  }

  private async join(call: ChannelCall): Promise<void> {
    await this.askGuards(call);
    this.clientOf(call)?.enter(call.place as TopicMember);
  }

  /** As before a message: with the client, whose `topic` is the one in question. */
  private async askGuards(call: ChannelCall): Promise<void> {
    const client = this.clientOf(call);
    if (client === undefined) throw frameErrors.unauthorized();
    const place = placeOf(call, client);
    const ask = async (): Promise<void> => {
      for (const guard of this.guards) await guard(new ChannelCall(place, call.target, call.arguments));
    };
    await client.run(call.target, ask, call.place);
  }

  private handle(call: ChannelCall): Promise<unknown> {
    const client = this.clientOf(call);
    const handler = client && this.handlers.get(client)?.get(call.target);
    if (client === undefined || handler === undefined) throw frameErrors.unmatchedEvent();
    return client.run(call.target, async () => handler(call), call.place);
  }

  private connected({ caller, opener }: ChannelCall): void {
    const client = new ChannelGatewayClient(caller as ChannelSession, this);
    this.clients.set(opener, client);
    for (const connect of this.connects) connect(client, opener.request);
  }

  private disconnected(call: ChannelCall): void {
    const { error } = call.arguments[1] as CloseReason;
    for (const goodbye of this.clientOf(call)?.goodbyes ?? []) goodbye(error?.message);
  }

  private clientOf({ opener }: ChannelCall): ChannelGatewayClient | undefined {
    return this.clients.get(opener);
  }
}

/** Guards of gateways know clients, and no sockets in topics. */
function placeOf({ opener, topic, place }: ChannelCall, caller: object): CallPlace {
  return { caller, opener, topic, signal: place.signal, report: (doing, error) => place.report(doing, error) };
}
