import { json, messagePack } from 'nestjs-signalr';
import { dialects } from '../load/dialects/index.mjs';
import { numberedText } from '../load/message-check.mjs';
import { protocols as naive } from '../servers/naive.protocols.mjs';

const BATCH = 1_000;
const ID = '1';
const TEXT = numberedText(32);

const protocols = { json: json(), messagepack: messagePack() };

/** Reading a call that came alone: the library's way, and that of the naive server. */
export function parsing(name) {
  const protocol = protocols[name];
  const call = dialects[name].call('Echo', [TEXT], ID);
  const cursor = { start: 0, end: 0, next: 0 };
  const parse = () => {
    protocol.framing.seek(call, 0, 0, 0, cursor);
    return protocol.parse(call, cursor.start, cursor.end);
  };
  return { hub: batch(parse, isCall), naive: batch(() => naive[name].parse(call)[0], isCall) };
}

function isCall({ target, arguments: given }) {
  return target === 'Echo' && given[0] === TEXT;
}

/** Writing one answer. */
export function writing(name) {
  const protocol = protocols[name];
  const answer = { type: 3, invocationId: ID, result: TEXT };
  const { length } = protocol.write(answer);
  const isAnswer = (written) => written.length === length;
  return { hub: batch(() => protocol.write(answer), isAnswer), naive: batch(() => naive[name].write(answer), isAnswer) };
}

function batch(work, isRight) {
  return () => {
    for (let i = 0; i < BATCH; i++) if (!isRight(work())) throw new Error('A message was read or written wrongly.');
    return BATCH;
  };
}
