import { describe, expect, it } from '@jest/globals';
import {
  Channel,
  ChannelEndpoint,
  HandleIn,
  Join,
  phoenix,
  Presence,
  PresenceChanged,
  Socket,
  Topic,
  type ChannelSocket,
  type PresenceState,
} from 'nestjs-signalr';
import { Presence as ClientPresence, type Channel as ClientChannel } from 'phoenix';
import { moduleOf, servedAppFrom } from '../support/app-of.js';
import { PhoenixUser } from '../support/phoenix-js.js';

@Channel('lounge:*', { presence: true })
class LoungeChannel {
  readonly changes: [string, string[], string[]][] = [];

  @Join()
  async join({ name }: { name: string }, @Socket() socket: ChannelSocket) {
    await socket.track({ status: 'here' }, { key: name });
  }

  @HandleIn('status')
  async status({ status }: { status: string }, @Socket() socket: ChannelSocket) {
    await socket.update({ status });
    return { status };
  }

  @HandleIn('hide')
  async hide(_: unknown, @Socket() socket: ChannelSocket) {
    await socket.untrack();
    return { status: 'hidden' };
  }

  @PresenceChanged()
  changed(joins: PresenceState, leaves: PresenceState, @Topic() topic: string) {
    this.changes.push([topic, Object.keys(joins), Object.keys(leaves)]);
  }
}

@ChannelEndpoint('/socket', { dialect: phoenix() })
class UserSocket {}

async function serve() {
  const { app, url } = await servedAppFrom(moduleOf([LoungeChannel, UserSocket]));
  const enter = (name: string): Guest => new Guest(`${url}/socket`, name);
  return { presence: app.get(Presence), lounge: app.get(LoungeChannel), enter };
}

/** A client with Phoenix' own Presence. */
class Guest {
  readonly user: PhoenixUser;
  readonly channel: ClientChannel;
  private readonly presence: ClientPresence;
  private changed = (): void => {};

  constructor(url: string, name: string) {
    this.user = PhoenixUser.begin(url);
    this.channel = this.user.topic('lounge:1', { name }).channel;
    this.presence = new ClientPresence(this.channel);
    this.presence.onSync(() => this.changed());
    this.channel.join();
  }

  /** Who is there and how, as 'ann: here, away'. */
  get people(): string[] {
    return this.presence.list((name, { metas }) => `${name}: ${metas.map(({ status }: { status: string }) => status).join(', ')}`).sort();
  }

  /** Settles when these are there, and nobody else. */
  async sees(...people: string[]): Promise<void> {
    while (this.people.join() !== people.sort().join()) await new Promise<void>((resolve) => (this.changed = resolve));
  }
}

describe('phoenix.js and presence', () => {
  it('sees who is there, who comes and who goes', async () => {
    const { enter, lounge, presence } = await serve();
    const ann = enter('ann');
    await ann.sees('ann: here');
    const bob = enter('bob');
    await Promise.all([ann.sees('ann: here', 'bob: here'), bob.sees('ann: here', 'bob: here')]);
    expect(await presence.count('lounge:1')).toBe(2);
    bob.user.disconnect();
    await ann.sees('ann: here');
    expect((await presence.list('lounge:1')).map(({ key }) => key)).toEqual(['ann']);
    expect(lounge.changes).toEqual([
      ['lounge:1', ['ann'], []],
      ['lounge:1', ['bob'], []],
      ['lounge:1', [], ['bob']],
    ]);
  });

  it('sees all devices of somebody, and what becomes of each', async () => {
    const { enter, presence } = await serve();
    const [laptop, phone] = [enter('ann'), enter('ann')];
    await laptop.sees('ann: here, here');
    phone.channel.push('status', { status: 'away' });
    await laptop.sees('ann: here, away');
    expect(await presence.list('lounge:1')).toHaveLength(1);
    phone.channel.push('hide', {});
    await laptop.sees('ann: here');
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'x'.repeat(5_000)])('takes a name for nothing but a name', async (name) => {
    const { enter } = await serve();
    const [guest, ann] = [enter(name), enter('ann')];
    await ann.sees(`${name}: here`, 'ann: here');
    guest.user.disconnect();
    await ann.sees('ann: here');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
