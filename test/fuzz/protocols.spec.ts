import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binaryFraming, FrameReader, textFraming } from '../../lib/protocol/framing.js';
import { parseHandshakeRequest, parseHandshakeResponse } from '../../lib/protocol/handshake.js';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import { json } from '../../lib/protocol/json.protocol.js';
import { messagePack } from '../../lib/protocol/messagepack.protocol.js';
import { MessageType, type HubMessage } from '../../lib/protocol/messages.js';
import { parseBytes } from '../protocol/wire.js';
import { corpusOf, fuzzing, inPieces, mutated, sizeOf, unlessRefused } from '../support/fuzz.js';

const texts = [...corpusOf('json.txt'), ...corpusOf('calls.txt')];
const packs = [...corpusOf('messagepack.hex'), ...corpusOf('calls.hex')];

/** The frame of a message that a protocol has written, without what stands around it. */
function unframed(by: HubProtocol, written: string | Uint8Array): Buffer {
  const bodies: Buffer[] = [];
  new FrameReader(by.framing, 0).push(Buffer.from(written as string), (bytes, start, end) => bodies.push(bytes.subarray(start, end)));
  expect(bodies).toHaveLength(1);
  return bodies[0];
}

const languages: [string, readonly Buffer[], HubProtocol[]][] = [
  ['JSON', texts, [json(), json({ maximumDepth: 3, reviver: (_, value) => value })]],
  ['MessagePack', packs, [messagePack(), messagePack({ maximumDepth: 3, keys: 'camel' })]],
];

describe.each(languages)('a message in %s after a few changes', (_, corpus, protocols) => {
  it.each(protocols.map((by, index) => [index === 0 ? 'as usual' : 'with options', by] as const))(
    'is read, %s, or refused with an error of ours, and is no larger than its bytes',
    (__, by) => {
      fc.assert(
        fc.property(mutated(corpus), (bytes) => {
          const read = unlessRefused(() => parseBytes(by, bytes));
          expect(sizeOf(read)).toBeLessThan(200 + 2 * bytes.length);
        }),
        fuzzing(800),
      );
    },
  );

  it('can be written again when it was read, and is the same then', () => {
    const [by] = protocols;
    fc.assert(
      fc.property(mutated(corpus), (bytes) => {
        const read = unlessRefused(() => parseBytes(by, bytes)) ?? { type: MessageType.Ping };
        const written = unframed(by, by.write(read));
        expect(unframed(by, by.write(parseBytes(by, written) as HubMessage))).toEqual(written);
      }),
      fuzzing(400),
    );
  });
});

describe('a handshake after a few changes', () => {
  it.each([
    ['of a client', parseHandshakeRequest],
    ['of a server', parseHandshakeResponse],
  ])('is read or refused with an error of ours: %s', (_, parse) => {
    fc.assert(
      fc.property(mutated(corpusOf('handshake.txt')), (bytes) => {
        const read = unlessRefused(() => parse(bytes, 0, bytes.length)) ?? {};
        expect(Object.values(read).every((value) => ['string', 'number'].includes(typeof value))).toBe(true);
      }),
      fuzzing(800),
    );
  });
});

describe('a stream of messages after a few changes', () => {
  const MAXIMUM = 1_000;
  const textStream = Buffer.concat(texts.slice(0, 20).flatMap((text) => [text, Buffer.from('\u001e')]));
  const packStream = Buffer.concat(packs.slice(0, 20).flatMap((pack) => [Buffer.from([pack.length]), pack]));

  /** The frames that are found, and whether it ended well; never more is kept than twice what may be. */
  const framesOf = (pieces: Buffer[], framing: typeof textFraming): string[] => {
    const reader = new FrameReader(framing, MAXIMUM);
    const found: string[] = [];
    const end = unlessRefused(() => {
      for (const piece of pieces) {
        reader.push(piece, (bytes, start, frameEnd) => found.push(bytes.toString('hex', start, frameEnd)));
        expect(reader['rest']?.length ?? 0).toBeLessThanOrEqual(2 * MAXIMUM);
      }
      return reader.isPartial ? 'and a part' : 'and no more';
    });
    return [...found, end ?? 'and an error'];
  };

  it.each([
    ['texts', textStream, textFraming],
    ['bytes', packStream, binaryFraming],
  ])('is cut into the same frames in whichever pieces it comes: %s', (_, stream, framing) => {
    fc.assert(
      fc.property(mutated([stream]), fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
        expect(framesOf(inPieces(bytes, places), framing)).toEqual(framesOf([bytes], framing));
      }),
      fuzzing(200),
    );
  });
});
