import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ForbiddenException, UnauthorizedException, UseGuards } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Hub, HubException, HubMethod } from 'nestjs-signalr';
import { EMPTY, of, throwError } from 'rxjs';
import { appOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { failed, unauthorized, unbound } from '../../support/nest-calls.js';
import { throwing, WhimGuard } from '../../support/nest-guards.js';

@Hub('/whim')
class WhimHub {
  opened = 0;

  @HubMethod()
  @UseGuards(WhimGuard)
  open() {
    return ++this.opened;
  }

  @HubMethod()
  alive() {
    return 'alive';
  }
}

async function whimPeer(answer: () => unknown): Promise<{ peer: HubPeer; hub: WhimHub }> {
  WhimGuard.answer = answer;
  const app = await appOf([WhimHub]);
  return { peer: await HubPeer.join(app, WhimHub), hub: app.get(WhimHub) };
}

describe('a guard before a call', () => {
  it.each<[string, () => unknown]>([
    ['true', () => true],
    ['a promise of true', async () => true],
    ['an Observable of true', () => of(true)],
    ['an Observable whose last value is true', () => of(false, true)],
    ['a promise of an Observable of true', async () => of(true)],
    ['something that is true to JavaScript', () => ({ user: 'ada' })],
  ])('lets it pass by %s', async (_, answer) => {
    const { peer } = await whimPeer(answer);
    expect(await peer.ask('open')).toMatchObject({ result: 1 });
  });

  it.each<[string, () => unknown]>([
    ['false', () => false],
    ['undefined', () => undefined],
    ['a promise of false', async () => false],
    ['an Observable of false', () => of(false)],
    ['an Observable of nothing', () => EMPTY],
    ['UnauthorizedException', throwing(new UnauthorizedException('no token'))],
    ['ForbiddenException', throwing(new ForbiddenException())],
    ['a rejected UnauthorizedException', () => Promise.reject(new UnauthorizedException())],
    ['an Observable of ForbiddenException', () => throwError(() => new ForbiddenException())],
  ])('H12: refuses it by %s: the caller is unauthorized, the method does not run, nothing is logged', async (_, answer) => {
    const { peer, hub } = await whimPeer(answer);
    expect(await peer.ask('open')).toEqual({ type: 3, invocationId: 'ask-1', ...unauthorized('open') });
    expect(hub.opened).toBe(0);
    expect(await peer.ask('alive')).toMatchObject({ result: 'alive' });
  });

  it.each<[string, () => unknown]>([
    ['HubException', throwing(new HubException('Come back later.'))],
    ['WsException', throwing(new WsException('Come back later.'))],
    ['BadRequestException', throwing(new BadRequestException('Come back later.'))],
    ['a rejected HubException', () => Promise.reject(new HubException('Come back later.'))],
    ['an Observable of HubException', () => throwError(() => new HubException('Come back later.'))],
  ])('tells the caller why by %s', async (_, answer) => {
    const { peer } = await whimPeer(answer);
    expect(await peer.ask('open')).toMatchObject(failed('open', 'Come back later.'));
  });

  it('is asked anew for each call, and a refused call disturbs no other', async () => {
    let turn = 0;
    const { peer } = await whimPeer(() => ++turn % 2 === 1);
    expect(await peer.ask('open')).toMatchObject({ result: 1 });
    expect(await peer.ask('open')).toMatchObject(unauthorized('open'));
    expect(await peer.ask('open')).toMatchObject({ result: 2 });
  });

  it('is asked for a call that awaits no answer, which then does not run', async () => {
    const { peer, hub } = await whimPeer(() => false);
    peer.say({ type: 1, target: 'open', arguments: [] });
    expect(await peer.hearsNothing()).toBe(true);
    expect(hub.opened).toBe(0);
  });

  it('is not asked about a method that does not exist, nor about arguments of the wrong number', async () => {
    const { peer } = await whimPeer(throwing(new Error('asked')));
    expect(await peer.ask('nothing')).toMatchObject({ error: expect.stringContaining('Method does not exist.') });
    expect(await peer.ask('open', 1)).toMatchObject(unbound('open'));
  });
});
