import { beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Scope, type INestApplication } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import { GatewayClient, HubException } from 'nestjs-signalr';
import { log } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { HANDSHAKE, HubPeer } from '../../support/hub-peer.js';
import { gatewaysOf } from '../../support/nest-gateways.js';

const well = (): unknown => undefined;
let coming = well;
let going = well;

beforeEach(() => {
  coming = going = well;
});

class FailingGateway implements OnGatewayConnection, OnGatewayDisconnect {
  handleConnection(client: GatewayClient) {
    return client.caller.user === 'mallory' ? coming() : undefined;
  }

  handleDisconnect(): unknown {
    return going();
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown) {
    return data;
  }
}

@WebSocketGateway({ path: '/hooks' })
class HooksGateway extends FailingGateway {}

@WebSocketGateway({ path: '/hooks' })
@Injectable({ scope: Scope.REQUEST })
class ScopedGateway extends FailingGateway {}

const ways: [string, () => unknown][] = [
  ['throws', () => { throw new Error('no'); }],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['throws null', () => { throw null; }], // oxlint-disable-line typescript/only-throw-error
]; // prettier-ignore

/** Comes as one who is not wanted, and is gone. */
async function turnedAway(app: INestApplication): Promise<void> {
  const mallory = HubPeer.open(app, '/hooks', { user: 'mallory' });
  mallory.write(HANDSHAKE);
  await mallory.ended;
  await mallory.served;
}

describe.each([
  ['a plain gateway', HooksGateway],
  ['a gateway that is request-scoped', ScopedGateway],
])('a hook of %s that fails', (_, gateway) => {
  it.each(ways)('handleConnection %s: the client is disconnected, the log knows, the process lives', async (__, way) => {
    coming = way;
    const app = await gatewaysOf([gateway]);
    await turnedAway(app);
    expect(log.takeErrors()).toEqual([expect.stringContaining('gateway /hooks: running handleConnection failed')]);
    expect(await (await HubPeer.join(app, '/hooks')).ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it.each(ways)('handleDisconnect %s: the log knows, the process lives', async (__, way) => {
    const app = await gatewaysOf([gateway]);
    const peer = await HubPeer.join(app, '/hooks');
    await peer.hearsNothing();
    const called = new Promise<void>((resolve) => {
      going = () => {
        resolve();
        return way();
      };
    });
    await peer.hangUp();
    await called;
    await nextTurn();
    expect(log.takeErrors()).toEqual([expect.stringContaining('gateway /hooks: running handleDisconnect failed')]);
  });

  it('refuses without a line in the log by an error that is meant for the client', async () => {
    coming = () => {
      throw new HubException('Nobody may come.');
    };
    await turnedAway(await gatewaysOf([gateway]));
    expect(log.takeErrors()).toEqual([]);
  });
});
