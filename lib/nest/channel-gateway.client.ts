import { ChannelException } from '../common/channel-errors.js';
import { limitErrors } from '../common/limit-errors.js';
import { useErrors } from '../common/use-errors.js';
import { unlessUnheard } from '../common/unheard-rejection.js';
import type { ChannelCore } from '../channels/channel.core.js';
import type { ChannelSession } from '../channels/channel.socket.js';
import type { TopicMember } from '../channels/topic.member.js';
import { groupName, roomName, type Name } from '../delivery/address.js';
import { GatewayPeer, type GatewayEndpointOf, type GatewayTarget } from './gateway.peer.js';

/** The close code after which clients do not come back by themselves. */
const NORMAL = 1000;

/** The room that every client is in, in each of its topics. */
const EVERYWHERE = roomName('');

/** Bounds on the rooms of a client. */
export interface RoomLimits {
  readonly groupsPerConnection: number;
  readonly nameLength: number;
}

/** The endpoint of a client. */
export interface ChannelGatewayHome extends GatewayEndpointOf {
  readonly core: ChannelCore;
  readonly limits: RoomLimits;
}

/**
 * A client of a plain gateway that is served over a dialect of channels; what `@ConnectedSocket()` and `handleConnection(client)` get. It is one
 * client in all of its topics.
 */
export class ChannelGatewayClient extends GatewayPeer {
  readonly #members = new Set<TopicMember>();
  readonly #rooms = new Set<string>();
  readonly #home: ChannelGatewayHome;

  constructor(
    /** The same client as endpoints of channels see it. */
    readonly session: ChannelSession,
    home: ChannelGatewayHome,
  ) {
    super(home);
    this.#home = home;
  }

  get id(): string {
    return this.session.id;
  }

  /** The topic in which the message was said that is being handled; undefined outside of handlers. */
  get topic(): string | undefined {
    return this.#member?.topic;
  }

  get broadcast(): GatewayTarget {
    return targetOf(this.#home, [EVERYWHERE], () => this.#ids());
  }

  /** The members of a room, in all of their topics, save this client. Who is in it is the server's affair: no client gets there by a topic. */
  to(room: string): GatewayTarget {
    return targetOf(this.#home, [roomName(room)], () => this.#ids());
  }

  /** Those who have joined a topic, in it, save this client. */
  toTopic(topic: string): GatewayTarget {
    return targetOf(this.#home, [groupName(topic)], () => this.#ids());
  }

  /** Joins a room, with all of its topics, those among them that it joins later. */
  async join(room: string): Promise<void> {
    const { groupsPerConnection, nameLength } = this.#home.limits;
    if (typeof room !== 'string' || room === '' || room.length > nameLength) throw useErrors.wrongName('room', room, nameLength);
    if (this.#rooms.size >= groupsPerConnection && !this.#rooms.has(room)) throw limitErrors.tooManyGroups(this.id, groupsPerConnection);
    this.#rooms.add(room);
    for (const member of this.#members) member.addName(roomName(room));
  }

  async leave(room: string): Promise<void> {
    if (!this.#rooms.delete(room)) return;
    for (const member of this.#members) member.removeName(roomName(room));
  }

  /** Ends the connection; the client does not come back by itself. */
  disconnect(): void {
    this.session.disconnect(NORMAL);
  }

  /** @internal It has joined a topic. */
  enter(member: TopicMember): void {
    this.#members.add(member);
    for (const name of [EVERYWHERE, ...Array.from(this.#rooms, roomName)]) member.addName(name);
  }

  /** @internal It has left a topic. */
  exit(member: TopicMember): void {
    this.#members.delete(member);
  }

  /** In the topic of the message that is being handled; outside of handlers in all of its topics. */
  protected send(event: string, args: readonly unknown[]): boolean {
    const member = this.#member;
    for (const one of member === undefined ? this.#members : [member]) void one.caller.push(event, ...args);
    return true;
  }

  protected errorFor(sentence: string | undefined): Error {
    return new ChannelException({ reason: sentence ?? 'internal error' });
  }

  get #member(): TopicMember | undefined {
    return this.place as TopicMember | undefined;
  }

  #ids(): ReadonlySet<string> {
    return new Set(Array.from(this.#members, ({ id }) => id));
  }
}

/** All clients of a gateway that is served over a dialect of channels; what `@WebSocketServer()` gets. */
export class ChannelGatewayServer implements GatewayTarget {
  readonly #home: ChannelGatewayHome;

  constructor(home: ChannelGatewayHome) {
    this.#home = home;
  }

  /** Sends an event to all clients, in each of their topics. */
  emit(event: string, ...args: unknown[]): boolean {
    return targetOf(this.#home, [EVERYWHERE]).emit(event, ...args);
  }

  /** The members of a room, in all of their topics: those whom the server has let in by `client.join(room)`. */
  to(room: string): GatewayTarget {
    return targetOf(this.#home, [roomName(room)]);
  }

  /** Those who have joined a topic, in it. Clients join the topics that they like, where no guard stands above the gateway. */
  toTopic(topic: string): GatewayTarget {
    return targetOf(this.#home, [groupName(topic)]);
  }
}

/** @param except - asked when something is sent. */
function targetOf(
  { core, report }: Pick<ChannelGatewayHome, 'core' | 'report'>,
  names: readonly Name[],
  except?: () => ReadonlySet<string>,
): GatewayTarget {
  return {
    emit(event, ...args) {
      const send = (): Promise<void> =>
        core.delivery.send({ names, except: except?.() }, { isShared: false, topic: undefined, event, args });
      void unlessUnheard(send, (error) => report(`sending '${event}'`, error));
      return true;
    },
  };
}
