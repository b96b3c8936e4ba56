import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Hub, HubMethod, SignalRServer } from 'nestjs-signalr';
import { appOf, log } from '../support/app-of.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { resumableApp } from '../support/resumable-app.js';
import { ResumablePeer } from '../support/resumable-peer.js';

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

  it('says what to write where a call brings streams that the method does not take', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub]), ToldHub);
    for (const args of [[], [1]]) {
      peer.say({ ...invocation('1', 'echo', ...args), streamIds: ['s'] });
      await peer.hear();
    }
    const advice = 'The call comes with 1 stream(s), where the method takes 0: write @UploadStream() before the parameter that is one.';
    expect(lines().slice(1)).toEqual([
      `ToldHub: <id> invoked 'echo' failed: Invocation provides 0 argument(s) but target expects 1. ${advice}`,
      `ToldHub: <id> invoked 'echo' failed: Client sent 1 stream(s), Hub method expects 0. ${advice}`,
    ]);
  });

  it('has a line for a stream that was handed over and never said anything', async () => {
    const app = await appOf([ToldHub]);
    const [ours, theirs] = duplexPair();
    ours.end();
    ours.resume();
    await app.get(SignalRServer).accept(ToldHub, theirs);
    expect(lines()).toEqual(['ToldHub: <id> went before its handshake (transport-closed)']);
  });

  it('has a line for a client that was cut off, and for one that came back', async () => {
    const { url, next } = await resumableApp();
    const peer = await ResumablePeer.join(url);
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    await peer.resume(1);
    expect(lines()).toEqual([
      'ResumableHub: <id> connected',
      'ResumableHub: <id> was cut off, and may come back',
      'ResumableHub: <id> came back',
    ]);
  });

  it('says why a connection was closed', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub], { maximumReceiveMessageSize: 100 }), ToldHub);
    peer.write('x'.repeat(200));
    await peer.served;
    expect(lines().at(-1)).toMatch(/^ToldHub: <id> disconnected \(failed\): The maximum message size of 100B was exceeded\./);
  });
});
