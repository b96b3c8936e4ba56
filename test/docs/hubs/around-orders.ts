import type { HubConnections } from 'nestjs-signalr';

export async function signOut(connections: HubConnections) {
  const page = await connections.list({ group: 'lobby', limit: 100 });
  await connections.disconnect({ user: 'ada' }, { reason: 'Signed out elsewhere.' });
  return page;
}
