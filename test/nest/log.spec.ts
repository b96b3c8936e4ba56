import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { appOf, log } from '../support/app-of.js';
import { HubPeer } from '../support/hub-peer.js';

@Hub('/told')
class ToldHub {
  @HubMethod()
  echo(value: number) {
    return value;
  }
}

describe('the log at level debug', () => {
  beforeEach(() => void jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(true));
  afterEach(() => void jest.restoreAllMocks());

  const lines = (): string[] => log.of('SignalRHubs', 'debug').map((line) => line.replace(/[\w-]{22}/, '<id>'));

  it('has a line for each connection and each call, with what does not fit in it', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub]), ToldHub);
    await peer.ask('echo', 1);
    await peer.ask('echo', '1\n\u001b[31m');
    await peer.ask('nope');
    await peer.hangUp();
    expect(lines()).toEqual([
      'ToldHub: <id> connected',
      "ToldHub: <id> invoked 'echo'",
      "ToldHub: <id> invoked 'echo' failed: Parameter 1 has to be a Number. It was given '1\\u000a\\u001b[31m'.",
      "ToldHub: <id> invoked 'nope' failed: Method does not exist.",
      'ToldHub: <id> disconnected (transport-closed)',
    ]);
  });

  it('says why a connection was closed', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub], { maximumReceiveMessageSize: 100 }), ToldHub);
    peer.write('x'.repeat(200));
    await peer.served;
    expect(lines().at(-1)).toMatch(/^ToldHub: <id> disconnected \(failed\): The maximum message size of 100B was exceeded\./);
  });
});
