import { createHash } from 'node:crypto';
import { nextTurn } from './changes.js';
import { RawWebSocket } from './raw-web-socket.js';
import { clientFrame, closePayload, Opcode, type WireFrame } from './web-socket-frames.js';

/** One frame of a client; reserved bits stand in the opcode, as on the wire. */
export interface Said {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly final: boolean;
}

/** Between two frames: what was said before has been answered by a frame. */
export const answered = 'answered';

/** What a client does, one after the other. */
export type Script = readonly (Said | typeof answered)[];

/** How the bytes go out: in one write, in one for each frame, or in one for each so many bytes. */
export type Delivery = 'at once' | 'frame by frame' | number;

type Payload = string | Uint8Array;

/** A frame of any kind. */
export const frameOf = (opcode: number, payload: Payload = '', final = true): Said => ({
  opcode,
  payload: Buffer.from(payload as string),
  final,
});
export const text = (payload?: Payload, final?: boolean): Said => frameOf(Opcode.Text, payload, final);
export const binary = (payload?: Payload, final?: boolean): Said => frameOf(Opcode.Binary, payload, final);
export const more = (payload?: Payload, final?: boolean): Said => frameOf(Opcode.Continuation, payload, final);
export const ping = (payload?: Payload): Said => frameOf(Opcode.Ping, payload);
export const pong = (payload?: Payload): Said => frameOf(Opcode.Pong, payload);
export const close = (code?: number, reason?: string): Said => frameOf(Opcode.Close, code === undefined ? '' : closePayload(code, reason));

/** A message in frames of so many bytes. */
export function inFragments(message: Said, size: number): Said[] {
  const { opcode, payload } = message;
  const starts = Array.from({ length: Math.max(1, Math.ceil(payload.length / size)) }, (_, index) => index * size);
  return starts.map((start) => ({
    opcode: start === 0 ? opcode : Opcode.Continuation,
    payload: payload.subarray(start, start + size),
    final: start + size >= payload.length,
  }));
}

/**
 * Plays a script and says goodbye.
 *
 * @param answers - how many frames come before the goodbye; undefined where it is the server who says it.
 * @returns all that was heard until the socket was closed, in words: 'text "hello"', 'close 1000'.
 */
export async function heardBy(port: number, script: Script, answers?: number, delivery: Delivery = 'at once'): Promise<string[]> {
  const peer = await RawWebSocket.open(port);
  const expected = answers ?? Infinity;
  await play(peer, script, delivery);
  while (peer.frames.length < expected && !hasGoodbye(peer)) await nextFrame(peer);
  if (!hasGoodbye(peer)) peer.write(bytesOf(close(1000)));
  while (!hasGoodbye(peer)) await nextFrame(peer);
  peer.socket.end();
  await peer.closed;
  return peer.frames.map(wordsOf);
}

/** What is to be heard when frames are said back. */
export const echoOf = (...messages: Said[]): string[] =>
  messages.map((message) => wordsOf({ ...message, payload: Buffer.from(message.payload) }));

async function play(peer: RawWebSocket, script: Script, delivery: Delivery): Promise<void> {
  const waiting: Buffer[] = [];
  for (const step of script) {
    if (step !== answered) waiting.push(bytesOf(step));
    else {
      const before = peer.frames.length;
      await send(peer, waiting.splice(0), delivery);
      await peer.received(before + 1);
    }
  }
  await send(peer, waiting, delivery);
}

async function send(peer: RawWebSocket, frames: Buffer[], delivery: Delivery): Promise<void> {
  for (const piece of piecesOf(frames, delivery)) {
    peer.write(piece);
    await nextTurn();
  }
}

function piecesOf(frames: Buffer[], delivery: Delivery): Buffer[] {
  if (delivery === 'frame by frame') return frames;
  const all = Buffer.concat(frames);
  if (delivery === 'at once') return all.length === 0 ? [] : [all];
  return Array.from({ length: Math.ceil(all.length / delivery) }, (_, index) => all.subarray(index * delivery, (index + 1) * delivery));
}

function bytesOf({ opcode, payload, final }: Said): Buffer {
  return clientFrame(opcode, payload, final);
}

async function nextFrame(peer: RawWebSocket): Promise<void> {
  const seen = peer.frames.length;
  const isGone = await Promise.race([peer.received(seen + 1).then(() => false), peer.ended.then(() => true)]);
  if (isGone && peer.frames.length === seen)
    throw new Error(`The server has hung up without a word after ${JSON.stringify(peer.frames.map(wordsOf))}.`);
}

function hasGoodbye({ frames }: RawWebSocket): boolean {
  return frames.at(-1)?.opcode === Opcode.Close;
}

const names = new Map<number, string>(Object.entries(Opcode).map(([name, opcode]) => [opcode, name.toLowerCase()]));

/** Long ones by their digest: where two of them differ nobody reads the rest. */
function wordsOf({ opcode, payload, final }: Pick<WireFrame, 'opcode' | 'payload' | 'final'>): string {
  const name = `${names.get(opcode) ?? opcode}${final ? '' : '…'}`;
  if (opcode === Opcode.Close) return payload.length === 0 ? name : `${name} ${payload.readUInt16BE(0)}`;
  if (payload.length > 200) return `${name} of ${payload.length}: ${createHash('sha1').update(payload).digest('hex')}`;
  return `${name} ${JSON.stringify(payload.toString('latin1'))}`;
}
