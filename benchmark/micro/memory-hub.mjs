import { Duplex } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import { SignalRServer } from 'nestjs-signalr';
import { dialects } from '../load/dialects/index.mjs';
import { numberedText } from '../load/message-check.mjs';
import { App, BenchmarkHub, HUB_PATH } from '../servers/benchmark-hub.mjs';
import { protocols as naive } from '../servers/naive.protocols.mjs';
import { untilHeard } from './hearing.mjs';

const CALLERS = 50;
const AUDIENCE = 1_000;
const TEXT = numberedText(32);
const NEWS = numberedText(64);

/** A peer in memory: what it says is an event, what it is told is counted. */
class MemoryPeer extends Duplex {
  heard = 0;

  _read() {}

  write() {
    this.heard++;
    return true;
  }

  say(bytes) {
    this.emit('data', bytes);
  }
}

/** Each of fifty peers calls once a turn, as on a server whose clients wait for their answers. */
export async function dispatch(protocol) {
  const { peers } = await serve(protocol, CALLERS);
  const call = dialects[protocol].call('Echo', [TEXT], '1');
  const strangers = Array.from({ length: CALLERS }, () => new MemoryPeer());
  for (const stranger of strangers) stranger.on('data', (data) => answer(stranger, naive[protocol], data));
  const callAll = (callers) => expecting(callers, () => callers.forEach((caller) => caller.say(call)));
  return { hub: callAll(peers), naive: callAll(strangers) };
}

function answer(peer, protocol, data) {
  for (const { invocationId, arguments: given } of protocol.parse(data))
    peer.write(protocol.write({ type: 3, invocationId, result: given[0] }));
}

/** One message to a thousand peers. */
export async function fanOut(protocol) {
  const { peers, hub } = await serve(protocol, AUDIENCE);
  const strangers = Array.from({ length: AUDIENCE }, () => new MemoryPeer());
  const sendNaively = () => {
    const message = naive[protocol].write({ type: 1, target: 'Message', arguments: [NEWS] });
    for (const stranger of strangers) stranger.write(message);
  };
  return { hub: expecting(peers, () => hub.Broadcast(NEWS)), naive: expecting(strangers, sendNaively) };
}

/** Work that is done when each peer has heard one thing more. */
function expecting(peers, work) {
  return async () => {
    const due = peers[0].heard + 1;
    await work();
    await untilHeard(peers.at(-1), due);
    const wrong = peers.filter(({ heard }) => heard !== due).length;
    if (wrong > 0) throw new Error(`${wrong} of ${peers.length} peers have heard too much or too little.`);
    return peers.length;
  };
}

/** A Nest application without HTTP, with so many peers that have shaken hands. */
async function serve(protocol, count) {
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const server = app.get(SignalRServer);
  const peers = Array.from({ length: count }, () => new MemoryPeer());
  for (const peer of peers) {
    void server.accept(HUB_PATH, peer);
    peer.say(Buffer.from(`{"protocol":"${protocol}","version":1}\x1e`));
  }
  // The answer to its handshake.
  await untilHeard(peers.at(-1), 1);
  return { peers, hub: app.get(BenchmarkHub) };
}
