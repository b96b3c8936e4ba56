import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SignalRServer } from 'nestjs-signalr';
import { duplexPair } from 'node:stream';
import { FrameReader } from '../../lib/protocol/framing.js';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { MessageType, type HubMessage } from '../../lib/protocol/messages.js';
import { thrownBy } from '../protocol/wire.js';
import { appFrom } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { corpusOf, fuzzing, inPieces, mutated } from '../support/fuzz.js';
import { FuzzedHub, fuzzedModule } from '../support/fuzz-app.js';

const handshakeOf = (protocol: string): Buffer => Buffer.from(`{"protocol":"${protocol}","version":1}\u001e`);
const framedText = (body: Buffer): Buffer => Buffer.concat([body, Buffer.from('\u001e')]);
const framedBytes = (body: Buffer): Buffer => Buffer.concat([lengthOf(body.length), body]);

function lengthOf(length: number): Buffer {
  return length < 0x80 ? Buffer.from([length]) : Buffer.concat([Buffer.from([(length & 0x7f) | 0x80]), lengthOf(length >> 7)]);
}

/** The messages in a stream, up to the first that is none. */
function messagesIn(stream: Buffer, by: HubProtocol): HubMessage[] {
  const found: HubMessage[] = [];
  thrownBy(() =>
    new FrameReader(by.framing, 0).push(stream, (bytes, start, end) =>
      found.push(by.parse(bytes, start, end) ?? { type: MessageType.Ping }),
    ),
  );
  return found;
}

/** How often each id is called by, or completed. */
function countIds(messages: HubMessage[], ...types: number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const message of messages) {
    const { invocationId } = message as { invocationId?: string };
    if (types.includes(message.type) && invocationId !== undefined) counts.set(invocationId, (counts.get(invocationId) ?? 0) + 1);
  }
  return counts;
}

describe.each([
  ['JSON', 'json', json(), ['calls.txt', 'json.txt'], framedText],
  ['MessagePack', 'messagepack', messagePack(), ['calls.hex', 'messagepack.hex'], framedBytes],
])('a client that says anything in %s', (_, name, by, [calls, others], framed) => {
  const saying = fc.oneof({ weight: 4, arbitrary: mutated(corpusOf(calls), 1) }, mutated(corpusOf(others), 2));
  const sayings = fc.array(saying.map(framed), { maxLength: 12 }).map((messages) => Buffer.concat(messages));
  const places = fc.array(fc.nat(), { maxLength: 4 });

  it('is served to its end, and no call of it has two answers', async () => {
    const server = (await appFrom(fuzzedModule())).get(SignalRServer);
    await fc.assert(
      fc.asyncProperty(sayings, places, async (said, cuts) => {
        const heard = await converse(server, inPieces(Buffer.concat([handshakeOf(name), said]), cuts));
        const answer = heard.indexOf('\u001e') + 1;
        expect(heard.subarray(0, answer).toString()).toBe('{}\u001e');
        const asked = countIds(messagesIn(said, by), MessageType.Invocation, MessageType.StreamInvocation);
        for (const [id, count] of countIds(messagesIn(heard.subarray(answer), by), MessageType.Completion))
          expect([id, count <= (asked.get(id) ?? 0)]).toEqual([id, true]);
      }),
      fuzzing(150),
    );
  });

  it('is served to its end whatever becomes of its handshake too', async () => {
    const server = (await appFrom(fuzzedModule())).get(SignalRServer);
    const whole = fc
      .tuple(sayings, fc.constantFrom(...corpusOf('handshake.txt')))
      .map(([said, hello]) => Buffer.concat([framedText(hello), said]));
    const changed = whole.chain((stream) => mutated([stream], 3));
    await fc.assert(
      fc.asyncProperty(changed, places, async (stream, cuts) => {
        const heard = await converse(server, inPieces(stream, cuts));
        expect(heard.subarray(0, 1).toString()).toMatch(/^\{?$/);
      }),
      fuzzing(80),
    );
  });
});

/** Says something and hangs up; what was heard by the time that the server is done. */
async function converse(server: SignalRServer, pieces: Buffer[]): Promise<Buffer> {
  const [ours, theirs] = duplexPair();
  const heard: Buffer[] = [];
  ours.on('data', (chunk: Buffer) => heard.push(chunk));
  ours.on('error', () => undefined);
  const served = server.accept(FuzzedHub, theirs);
  for (const piece of pieces) {
    ours.write(piece);
    await nextTurn();
  }
  ours.end();
  await served;
  await nextTurn();
  return Buffer.concat(heard);
}
