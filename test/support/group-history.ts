import type { INestApplicationContext, Type } from '@nestjs/common';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubMethod,
  type HubCallerClients,
  type HubCallerContext,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { InProcessLog } from '../../lib/delivery/log.js';
import { appFrom, moduleOf } from './app-of.js';
import { HubPeer, type Heard } from './hub-peer.js';

@Hub('/rooms', { history: true })
export class RoomsHub {
  @HubMethod()
  async join(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(room);
    return caller.connectionId;
  }

  @HubMethod()
  async leave(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.remove(room);
  }

  @HubMethod()
  async tellOthers(room: string, text: string, @Clients() clients: HubCallerClients) {
    await clients.othersInGroup(room).send('said', text);
  }

  @HubMethod()
  async tell(room: string, text: string, @Clients() clients: HubCallerClients) {
    await clients.group(room).send('said', text);
  }
}

/** Where something stands, as a client keeps it. */
export interface Place {
  epoch: string;
  offset: number;
}

/** The answer to `resume`. */
export interface Resumed extends Place {
  recovered: boolean;
}

/** An application with a hub that keeps a history, on a clock that stands still. */
export class Rooms {
  readonly clock: FakeClock;

  private constructor(
    readonly app: INestApplicationContext,
    readonly hub: Type,
    readonly clients: HubClients,
  ) {
    this.clock = app.get(InProcessLog, { strict: false })['clock'] as FakeClock;
  }

  static async open(options: SignalRModuleOptions = {}, hub: Type = RoomsHub): Promise<Rooms> {
    const app = await appFrom(moduleOf([hub], { clock: new FakeClock(), ...options }));
    return new Rooms(app, hub, app.get(HubClients, { strict: false }));
  }

  /** The log of the application, for tests that hold it up. */
  get log(): InProcessLog {
    return this.app.get(InProcessLog, { strict: false });
  }

  /** Connects, and comes into these rooms. */
  async enter(...rooms: string[]): Promise<HubPeer> {
    const peer = await HubPeer.join(this.app, this.hub);
    for (const room of rooms) await peer.ask('join', room);
    return peer;
  }

  /** Connects as a user. */
  enterAs(user: string): Promise<HubPeer> {
    return HubPeer.join(this.app, this.hub, { user: { id: user } });
  }

  /** Says something in a room, or in several at once. */
  say(text: unknown, ...rooms: string[]): Promise<void> {
    return (rooms.length === 1 ? this.clients.group(rooms[0]) : this.clients.groups(rooms)).send('said', text);
  }

  /** Where a room is now. */
  async position(room: string): Promise<Place> {
    const peer = await this.enter(room);
    const { epoch, offset } = await resumed(peer, room);
    await peer.hangUp();
    return { epoch, offset };
  }
}

/** Calls `resume` and gets its answer. */
export async function resumed(peer: HubPeer, ...args: unknown[]): Promise<Resumed> {
  const { result } = await peer.ask('resume', ...args);
  return result as Resumed;
}

/** The texts that were said to a peer, in order, until now. */
export async function textsOf(peer: HubPeer): Promise<unknown[]> {
  return (await saidTo(peer)).map(([text]) => text);
}

/** The arguments of all that was said to a peer, until now. */
export async function saidTo(peer: HubPeer): Promise<unknown[][]> {
  await peer.ask('noSuchMethod');
  return said(peer.heard);
}

function said(heard: readonly Heard[]): unknown[][] {
  return heard.filter(({ target }) => target === 'said').map((message) => message['arguments'] as unknown[]);
}
