import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChainCodec } from '../../lib/channels/dialects/chain.codec.js';
import { TabCookie } from '../../lib/channels/dialects/chain.cookie.js';
import { resolveChainOptions } from '../../lib/channels/dialects/chain.options.js';
import { PhoenixV1Codec } from '../../lib/channels/dialects/phoenix.v1.js';
import { PhoenixV2Codec } from '../../lib/channels/dialects/phoenix.v2.js';
import { RealtimeCodec } from '../../lib/channels/dialects/realtime.codec.js';
import { readMessages, readSingle, type Reading } from '../../lib/channels/dialects/realtime.messages.js';
import type { ChannelCodec, ChannelDocument } from '../../lib/channels/dialect.js';
import type { AnsweredFrame, ChannelFrame } from '../../lib/channels/frames.js';
import { FakeExchange } from '../support/fake-exchange.js';
import { corpusOf, fuzzing, isReadable, mutated, sizeOf, unlessRefused } from '../support/fuzz.js';

const codecs: [string, string, ChannelCodec][] = [
  ['Phoenix 1.0.0', 'phoenix-1.txt', new PhoenixV1Codec()],
  ['Phoenix 2.0.0', 'phoenix-2.txt', new PhoenixV2Codec()],
  ['Phoenix 2.0.0 as bytes', 'phoenix.hex', new PhoenixV2Codec()],
  ['realtime', 'realtime.hex', new RealtimeCodec()],
  ['chain', 'chain.txt', new ChainCodec()],
];

describe.each(codecs)('a document of %s after a few changes', (_, file, codec) => {
  const isBinary = file.endsWith('.hex');
  const documents = mutated(corpusOf(file));
  const read = (document: Buffer): readonly ChannelFrame[] => unlessRefused(() => codec.decode(document, isBinary)) ?? [];

  it('is read or refused with an error of ours, and is no larger than its bytes', () => {
    fc.assert(
      fc.property(documents, (document) => expect(sizeOf(read(document))).toBeLessThan(200 + 2 * document.length)),
      fuzzing(400),
    );
  });

  it('can be answered, when it was read, with what its client can read', () => {
    const answersTo = (frame: AnsweredFrame): (ChannelDocument | undefined)[] => {
      const payload = 'args' in frame ? frame.args[0] : undefined;
      // Of what is written in bytes each name has 255 of them at most.
      const said = unlessRefused(() => codec.reply(frame, 'ok', payload));
      return [said, codec.reply(frame, 'error', { reason: 'none' })];
    };
    fc.assert(
      fc.property(documents, (document) => (read(document) as AnsweredFrame[]).flatMap(answersTo).every(isReadable)),
      fuzzing(400),
    );
    expect(isReadable('{')).toBe(false);
  });
});

describe('what somebody posts to realtime after a few changes', () => {
  const post = (parameter: string): FakeExchange => Object.assign(new FakeExchange('POST', '/?private=true'), { parameter });
  const inUrls = mutated(['room/events/x', 'r%C3%B6/events/a%2Fb', '/events/', 'a/events/%'].map((path) => Buffer.from(path)));

  it.each<[string, Reading]>([
    ['a list of broadcasts', readMessages],
    ['a single one', readSingle],
  ])('is read or refused with an error of ours, and is no larger than its bytes: %s', (_, read) => {
    fc.assert(
      fc.property(mutated(corpusOf('realtime-posts.txt')), inUrls, (body, path) => {
        const posted = unlessRefused(() => read(post(path.toString('latin1')), body)) ?? [];
        expect(posted.length).toBeLessThanOrEqual(100);
        expect(posted.every(({ topic, event }) => typeof topic === 'string' && typeof event === 'string')).toBe(true);
        expect(sizeOf(posted)).toBeLessThan(200 + 20 * body.length + 2 * path.length);
      }),
      fuzzing(400),
    );
  });
});

describe('the cookie of chain', () => {
  const cookie = new TabCookie({ ...resolveChainOptions({}).cookie, name: '_sse' }, ['a secret'], '/chain/sse');
  const sessions = new Map([
    ['sid', 'the token'],
    ['__proto__', 'another'],
  ]);
  const signed = cookie.write(sessions).split(';')[0];
  const corpus = [...corpusOf('cookies.txt'), Buffer.from(signed), Buffer.from(`theme=dark; ${signed}; lang=de`)];

  it('is read as it was written, and after a few changes not at all', () => {
    fc.assert(
      fc.property(mutated(corpus), (header) => {
        const read = cookie.read(header.toString('latin1'));
        expect([[], [...sessions]]).toContainEqual([...read]);
      }),
      fuzzing(400),
    );
  });

  it('keeps the sessions of tabs with whatever names, as many as browsers keep', () => {
    const names = fc.array(fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('é', '語', '𝄞', '"', '7', '__proto__')), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 60 }), (all, times) => {
        const tabs = new Map(all.map((name, index) => [name.repeat(times).slice(0, 64), String(index).padEnd(43)]));
        const header = cookie.write(tabs);
        const kept = [...cookie.read(header.split(';')[0])];
        expect(header.length).toBeLessThan(4_096);
        expect(kept.length).toBeGreaterThan(0);
        for (const [tab, session] of kept) expect(tabs.get(tab)).toBe(session);
      }),
      fuzzing(50),
    );
  });
});
