import { Presence, type Channel } from 'phoenix';

export function follow(channel: Channel, render: (names: string[]) => void): Presence {
  const presence = new Presence(channel);
  presence.onSync(() => render(presence.list((name) => name)));
  return presence;
}
