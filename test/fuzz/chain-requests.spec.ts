import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChainHost, cookieOf } from '../support/chain-host.js';
import { turns } from '../support/changes.js';
import type { FakeExchange } from '../support/fake-exchange.js';
import { corpusOf, fuzzing, mutated } from '../support/fuzz.js';

/** One request of a client that has a session, or had one. */
interface Deed {
  readonly method: string;
  readonly tab: string;
  /** Whether it brings the cookie, or one of its own making. */
  readonly cookie: string | undefined;
  readonly position: string | undefined;
  readonly body: Buffer;
  readonly isCut: boolean;
}

const text = (corpus: readonly Buffer[]): fc.Arbitrary<string> => mutated(corpus, 2).map((bytes) => bytes.toString('latin1'));
const positions = ['0', '1', '7', '-1', '1e3', 'NaN', '9007199254740993', '1, 2'].map((position) => Buffer.from(position));

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'POST', 'DELETE'),
    tab: fc.constantFrom('tab', 'tab', 'other', '__proto__'),
    cookie: fc.option(text(corpusOf('cookies.txt')), { nil: undefined, freq: 4 }),
    position: fc.option(text(positions), { nil: undefined }),
    body: mutated(corpusOf('chain.txt'), 2),
    isCut: fc.boolean(),
  }),
  { minLength: 1, maxLength: 10 },
);

describe('a client that asks anything of chain', () => {
  it('gets an answer each time, and each session ends once when all streams are gone', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, async (all) => {
        const host = new ChainHost();
        const { exchange: first, headers } = await host.open();
        const asked: FakeExchange[] = [];
        for (const deed of all) {
          asked.push(ask(host, deed, headers.cookie));
          await turns(2);
          if (deed.isCut) asked.at(-1)?.events?.lose();
          await turns(1);
        }
        expect(asked.map(({ status }) => status)).not.toContain(500);
        expect(asked.map(({ status }) => status)).not.toContain(undefined);
        for (const { events } of [first, ...asked]) events?.lose();
        await turns(2);
        await host.clock.advance(60_000);
        expect(host.endpoint.handlers.map(({ endedFor }) => endedFor.length)).toEqual(host.endpoint.handlers.map(() => 1));
      }),
      fuzzing(200),
    );
  });
});

function ask(host: ChainHost, { method, tab, cookie, position, body }: Deed, own: string): FakeExchange {
  const headers = { cookie: cookie ?? own, ...(position === undefined ? {} : { 'last-event-id': position }) };
  return host.ask(method, `/chain/sse?sid=${tab}`, { headers, body });
}

it('whose cookie is its own finds its session', async () => {
  const host = new ChainHost();
  const { exchange, headers } = await host.open();
  expect(cookieOf(exchange)).toBe(headers.cookie);
  expect((await host.post('/chain/sse?sid=tab', '[0,1,1,"t","_join"]', headers).answered()).status).toBe(200);
});
