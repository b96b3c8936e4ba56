import * as signalr from 'nestjs-signalr';
import { dialects } from '../load/dialects/index.mjs';
import { numberedText } from '../load/message-check.mjs';
import { protocols as naive } from '../servers/naive.protocols.mjs';

const BATCH = 1_000;
const ID = '1';
const TEXT = numberedText(32);

/** Reading and writing one message of a protocol: the library's way, and that of the naive server. */
export function codecs(protocol) {
  const ours = protocolOf(protocol);
  const theirs = naive[protocol];
  const call = dialects[protocol].call('Echo', [TEXT], ID);
  const answer = { type: 3, invocationId: ID, result: TEXT };
  const length = ours.write(answer).length;
  return {
    parse: { hub: batch(() => parse(ours, call), isCall), naive: batch(() => theirs.parse(call)[0], isCall) },
    write: {
      hub: batch(
        () => ours.write(answer),
        (bytes) => bytes.length === length,
      ),
      naive: batch(
        () => theirs.write(answer),
        (bytes) => bytes.length === length,
      ),
    },
  };
}

/** A protocol of the library by its name in the handshake. */
export function protocolOf(name) {
  return name === 'json' ? signalr.json() : signalr.messagePack();
}

const cursor = { start: 0, end: 0, next: 0 };

function parse(protocol, bytes) {
  protocol.framing.seek(bytes, 0, 0, 0, cursor);
  return protocol.parse(bytes, cursor.start, cursor.end);
}

function isCall({ target, arguments: given }) {
  return target === 'Echo' && given[0] === TEXT;
}

function batch(work, isRight) {
  return () => {
    for (let i = 0; i < BATCH; i++) if (!isRight(work())) throw new Error('A message was read or written wrongly.');
    return BATCH;
  };
}
