import type { INestApplicationContext } from '@nestjs/common';
import { HubClients, type ClientProxy, type HubClass } from 'nestjs-signalr';
import { HubPeer } from './hub-peer.js';

/** A connection with a name that tests can read. */
export interface Guest {
  readonly name: string;
  /** Its connection id. */
  readonly id: string;
  readonly peer: HubPeer;
}

/** Several connections to one hub, to see who gets what. The hub needs a method `id` that returns the caller's connection id. */
export class Room {
  readonly clients: HubClients;

  private constructor(
    app: INestApplicationContext,
    hub: HubClass,
    private readonly guests: readonly Guest[],
  ) {
    this.clients = app.get(HubClients, { strict: false }).of(hub);
  }

  /** @param names - of the connections; a name `user:tab` is one of that user, a name without a colon is nobody's. */
  static async of(app: INestApplicationContext, hub: HubClass, ...names: string[]): Promise<Room> {
    return new Room(app, hub, await Promise.all(names.map((name) => arrive(app, hub, name))));
  }

  guest(name: string): Guest {
    const guest = this.guests.find((one) => one.name === name);
    if (guest === undefined) throw new Error(`There is no ${name} in the room.`);
    return guest;
  }

  id(name: string): string {
    return this.guest(name).id;
  }

  ids(...names: string[]): string[] {
    return names.map((name) => this.id(name));
  }

  /** The names of those who get a message, as often as they get it. */
  async hearers(proxy: ClientProxy): Promise<string[]> {
    return this.hearersOf(() => proxy.send('mark'));
  }

  /** The same for whatever makes the server send messages; those called 'fence' are its own. */
  async hearersOf(send: () => unknown): Promise<string[]> {
    await send();
    await this.clients.all.send('fence');
    const counts = await Promise.all(this.guests.map(({ peer }) => countUntilFence(peer)));
    return this.guests.flatMap(({ name }, index) => Array.from({ length: counts[index] }, () => name));
  }
}

async function arrive(app: INestApplicationContext, hub: HubClass, name: string): Promise<Guest> {
  const [user, tab] = name.split(':');
  const peer = await HubPeer.join(app, hub, { user: tab === undefined ? undefined : { id: user } });
  const { result } = await peer.ask('id');
  return { name, peer, id: String(result) };
}

async function countUntilFence(peer: HubPeer): Promise<number> {
  let count = 0;
  while ((await peer.hear())['target'] !== 'fence') count++;
  return count;
}
