import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { GatewayClient, HubException } from 'nestjs-signalr';
import { log } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { HubPeer } from '../../support/hub-peer.js';
import { gatewaysOf } from '../../support/nest-gateways.js';

describe('a hook of a plain gateway that fails', () => {
  let fail: () => unknown = () => undefined;

  @WebSocketGateway({ path: '/hooks' })
  class HooksGateway implements OnGatewayConnection, OnGatewayDisconnect {
    handleConnection(client: GatewayClient) {
      return client.caller.user === 'mallory' ? fail() : undefined;
    }

    handleDisconnect(): unknown {
      return fail();
    }

    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown) {
      return data;
    }
  }

  const ways: [string, () => unknown][] = [
    ['throws', () => { throw new Error('no'); }],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['throws null', () => { throw null; }], // oxlint-disable-line typescript/only-throw-error
  ]; // prettier-ignore

  it.each(ways)('handleConnection %s: the client is disconnected, the log knows, the process lives', async (_, way) => {
    fail = way;
    const app = await gatewaysOf([HooksGateway]);
    const mallory = HubPeer.open(app, '/hooks', { user: 'mallory' });
    mallory.write('{"protocol":"json","version":1}\u001e');
    await mallory.ended;
    expect(log.takeErrors()[0]).toContain('gateway /hooks: running handleConnection failed');
    expect(await (await HubPeer.join(app, '/hooks')).ask('echo', 1)).toMatchObject({ result: 1 });
    fail = () => undefined;
    await mallory.served;
    log.takeErrors();
  });

  it.each(ways)('handleDisconnect %s: the log knows, the process lives', async (_, way) => {
    const app = await gatewaysOf([HooksGateway]);
    const peer = await HubPeer.join(app, '/hooks');
    await peer.hearsNothing();
    fail = way;
    await peer.hangUp();
    await nextTurn();
    expect(log.takeErrors()).toEqual([expect.stringContaining('gateway /hooks: running handleDisconnect failed')]);
    fail = () => undefined;
  });

  it('refuses without a line in the log by an error that is meant for the client', async () => {
    fail = () => {
      throw new HubException('Nobody may come.');
    };
    const app = await gatewaysOf([HooksGateway]);
    const mallory = HubPeer.open(app, '/hooks', { user: 'mallory' });
    mallory.write('{"protocol":"json","version":1}\u001e');
    await mallory.ended;
    fail = () => undefined;
    await mallory.served;
    expect(log.takeErrors()).toEqual([]);
  });
});
