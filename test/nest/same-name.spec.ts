import { describe, expect, it } from '@jest/globals';
import { Caller, Hub, HubClients, HubConnections, HubGroups, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { resumed, textsOf } from '../support/group-history.js';
import { appFrom, moduleOf } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';

/** A hub at a path; all of them have the same name. */
function hubAt(path: string) {
  @Hub(path, { history: true })
  class RoomsHub {
    @HubMethod()
    async join(room: string, @Caller() caller: HubCallerContext) {
      await caller.groups.add(room);
      return caller.connectionId;
    }
  }
  return RoomsHub;
}

async function hubsAt(...paths: string[]) {
  const hubs = paths.map(hubAt);
  return { hubs, app: await appFrom(moduleOf(hubs)) };
}

describe('two hubs whose classes have the same name', () => {
  it.each([
    ['/a', 'lobby', '/b', 'lobby'],
    ['/a', 'b:lobby', '/a:b', 'lobby'],
  ])('have histories of their own: %s and its %s, %s and its %s', async (path, group, otherPath, otherGroup) => {
    const { app, hubs } = await hubsAt(path, otherPath);
    const peer = await HubPeer.join(app, hubs[1]);
    await peer.ask('join', otherGroup);
    const start = await resumed(peer, otherGroup);
    await app.get(HubClients, { strict: false }).of(hubs[0]).group(group).send('said', 'for the first hub');
    expect(await resumed(peer, otherGroup, start)).toEqual({ ...start, recovered: true });
    expect(await textsOf(peer)).toEqual([]);
  });

  it('have users’ groups of their own', async () => {
    const { app, hubs } = await hubsAt('/a', '/b');
    await app.get(HubGroups, { strict: false }).of(hubs[0]).addUser('ada', 'staff');
    const groups = await Promise.all(
      hubs.map(async (hub) => {
        const { result } = await (await HubPeer.join(app, hub, { user: { id: 'ada' } })).ask('join', 'lobby');
        return app.get(HubConnections, { strict: false }).of(hub).groupsOf(String(result));
      }),
    );
    expect(groups.map((names) => [...names].sort())).toEqual([['lobby', 'staff'], ['lobby']]);
  });
});
