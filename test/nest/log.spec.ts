import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Channel, Hub, HubException, HubMethod, Join, phoenix, SignalRServer } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { nextTurn } from '../support/changes.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { PhoenixClient } from '../support/phoenix-client.js';
import { resumableApp } from '../support/resumable-app.js';
import { ResumablePeer } from '../support/resumable-peer.js';

@Hub('/told')
class ToldHub {
  readonly gate = new Gate();

  @HubMethod()
  wait() {
    return this.gate.pass();
  }

  @HubMethod()
  echo(value: number) {
    return value;
  }
}

@Hub('/closed')
class ClosedHub {
  onConnected() {
    throw new HubException('Members only.');
  }
}

@Channel('room:*')
class RoomChannel {
  @Join()
  join() {}
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
      'ToldHub: <id> invoked what does not exist',
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
    expect(lines()).toEqual(['ToldHub: <id> ended before it was connected (transport-closed)']);
  });

  it('has a line for a client that onConnected refuses', async () => {
    const peer = await HubPeer.join(await appOf([ClosedHub]), ClosedHub);
    await peer.served;
    expect(lines()).toEqual(['ClosedHub: <id> ended before it was connected (connect-failed): Members only.']);
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

  it('F10: has one line in a second for calls of what does not exist, and says how many more there were', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([ToldHub], { clock }), ToldHub);
    peer.say(...Array.from({ length: 10_000 }, () => ({ type: 1, target: 'nope', arguments: [] })));
    await peer.ask('echo', 1);
    await clock.advance(1_000);
    expect(lines().filter((line) => line.includes('does not exist'))).toEqual([
      'ToldHub: <id> invoked what does not exist',
      'ToldHub: 9999 more calls of what does not exist',
    ]);
  });

  it('N01: shows names of clients without line ends, colours and what else could mislead, and not all of a long one', async () => {
    const app = await channelsOf([RoomChannel], { limits: { nameLength: 1_000_000 }, channels: [{ path: '/other', dialect: phoenix() }] });
    const client = await PhoenixClient.open(app, '2.0.0');
    const names = ['\r\nERROR', '\u001b[31m', '\u2028', '\u202e', 'x'.repeat(10_000)];
    for (const name of names) await client.join(`room:${name}`);
    const joined = log.of('SignalRChannels', 'debug').flatMap((line) => / joined '(.*)'$/s.exec(line)?.[1] ?? []);
    expect(joined).toEqual(['room:\\u000d\\u000aERROR', 'room:\\u001b[31m', 'room:\\u2028', 'room:\\u202e', `room:${'x'.repeat(195)}…`]);
  });

  it('says why a connection was closed', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub], { maximumReceiveMessageSize: 100 }), ToldHub);
    peer.write('x'.repeat(200));
    await peer.served;
    expect(lines().at(-1)).toBe(
      'ToldHub: <id> disconnected (failed): A message has more than the 100 bytes of the option maximumReceiveMessageSize.',
    );
  });
});

describe('the log', () => {
  it('warns of a client that was closed because it flooded', async () => {
    const peer = await HubPeer.join(await appOf([ToldHub], { clock: new FakeClock(), limits: { invocationsPerSecond: 1 } }), ToldHub);
    peer.say(...Array.from({ length: 3 }, () => ({ type: 1, target: 'echo', arguments: [1] })));
    await peer.served;
    const lines = log.of('SignalRHubs', 'warn').map((line) => line.replace(/[\w-]{22}/, '<id>'));
    expect(lines).toEqual([
      'ToldHub: limits.invocationsPerSecond (1) was reached by <id>',
      'ToldHub: <id> was closed: The client says far more than the 1 a second of the option limits.invocationsPerSecond.',
    ]);
  });

  it.each([
    [{ keepAliveInterval: 30_000 }, /^ToldHub \{\/told\}: keepAliveInterval is 30000 ms, and official clients give up after 30000 ms/],
    [
      { clientTimeoutInterval: 15_000 },
      /^ToldHub \{\/told\}: clientTimeoutInterval is 15000 ms, and official clients say .* every 15000 ms/,
    ],
  ])('warns at the start of times that make clients come and go: %j', async (options, line) => {
    await appOf([ToldHub], options);
    expect(log.of('SignalR', 'warn')).toEqual([expect.stringMatching(line)]);
  });

  it('warns of no times that clients bear', async () => {
    await appOf([ToldHub], { keepAliveInterval: 29_999, clientTimeoutInterval: 15_001 });
    expect(log.of('SignalR', 'warn')).toEqual([]);
  });

  it('says at the end how many are told to go, and warns of those whose calls were not done in time', async () => {
    const clock = new FakeClock();
    const app = await appOf([ToldHub], { clock });
    const busy = await HubPeer.join(app, ToldHub);
    await HubPeer.join(app, ToldHub);
    busy.say(invocation('1', 'wait'));
    await app.get(ToldHub).gate.reached;
    const closed = app.close();
    const last = (): string | undefined => log.of('SignalR').at(-1);
    while (last() !== 'The application ends: 2 connections are told to go.') await nextTurn();
    await clock.advance(5_000);
    app.get(ToldHub).gate.open();
    await closed;
    expect(log.of('SignalR', 'warn')).toEqual([
      '1 connection was ended while calls were running: they were not done within the 5000 ms of drain.grace.',
    ]);
  });
});
