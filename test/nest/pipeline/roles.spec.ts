import { describe, expect, it } from '@jest/globals';
import { UseGuards, type ExecutionContext } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { from, Subject, toArray, firstValueFrom } from 'rxjs';
import { appOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';

const onlyAdmins = {
  canActivate: (context: ExecutionContext) => context.switchToHttp().getRequest<{ user: { role: string } }>().user.role === 'admin',
};

@Hub('/roles')
class RolesHub {
  readonly ran: string[] = [];

  @HubMethod()
  @UseGuards(onlyAdmins)
  ask() {
    this.ran.push('ask');
    return 'asked';
  }

  @HubMethod()
  @UseGuards(onlyAdmins)
  stream() {
    this.ran.push('stream');
    return from([1, 2]);
  }

  @HubMethod()
  @UseGuards(onlyAdmins)
  async upload(items: Subject<number>) {
    this.ran.push('upload');
    return firstValueFrom(items.pipe(toArray()));
  }

  @HubMethod()
  anybody() {
    return 'welcome';
  }
}

const calls: [string, object][] = [
  ['a call', { type: 1, invocationId: '1', target: 'ask', arguments: [] }],
  ['a stream', { type: 4, invocationId: '1', target: 'stream', arguments: [] }],
  ['an upload', { type: 1, invocationId: '1', target: 'upload', arguments: [], streamIds: ['u'] }],
];

describe('H12: a role before a method', () => {
  it.each(calls)('refuses %s of who lacks it with an error, and the connection goes on', async (_, call) => {
    const app = await appOf([RolesHub]);
    const peer = await HubPeer.join(app, RolesHub, { user: { role: 'guest' } });
    peer.say(call, { type: 2, invocationId: 'u', item: 1 }, { type: 3, invocationId: 'u' });
    const { target } = call as { target: string };
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', error: `Failed to invoke '${target}' because user is unauthorized` });
    expect(await peer.ask('anybody')).toMatchObject({ result: 'welcome' });
    expect(app.get(RolesHub).ran).toEqual([]);
  });

  it.each(calls)('lets pass %s of who has it', async (_, call) => {
    const app = await appOf([RolesHub]);
    const peer = await HubPeer.join(app, RolesHub, { user: { role: 'admin' } });
    peer.say(call, { type: 2, invocationId: 'u', item: 1 }, { type: 3, invocationId: 'u' });
    expect(await peer.hear()).not.toHaveProperty('error');
    expect(app.get(RolesHub).ran).toHaveLength(1);
  });
});
