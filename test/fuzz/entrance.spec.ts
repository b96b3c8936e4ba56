import { describe, expect, it } from '@jest/globals';
import { HubConnections, InjectHubConnections } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { Injectable } from '@nestjs/common';
import fc from 'fast-check';
import { log } from '../support/app-of.js';
import { corpusOf, fuzzing, inPieces, mutated } from '../support/fuzz.js';
import { FuzzedHub, fuzzedModule } from '../support/fuzz-app.js';
import { conversations, postOf, requests, withoutBody } from '../support/fuzz-requests.js';
import { negotiate } from '../support/nest-knock.js';
import { platforms, servedOn } from '../support/nest-platforms.js';
import { RawHttp } from '../support/raw-http.js';

@Injectable()
class Counter {
  constructor(@InjectHubConnections(FuzzedHub) readonly connections: HubConnections) {}
}

describe.each(platforms)('the entrance, on %s,', (platform) => {
  const open = async () => {
    const clock = new FakeClock();
    const metadata = fuzzedModule({ clock });
    return { clock, ...(await servedOn(platform, { ...metadata, providers: [...metadata.providers, Counter] })) };
  };

  it('answers every request that is whole, and never for a fault of its own', async () => {
    const { url } = await open();
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const asked = await RawHttp.send(url, request);
        expect(await asked.status()).not.toBe(500);
        expect(asked.heard).toMatch(/^HTTP\/1\.1 \d{3} /);
        await asked.hangUp();
      }),
      fuzzing(80),
    );
    expect(await negotiate(`${url}/hub`)).toMatchObject({ connectionId: expect.any(String) });
  });

  it.each([
    ['requests', corpusOf('requests.jsonl')],
    ['conversations', conversations],
  ])('answers or closes after %s with a few changes, and keeps none of them', async (_, corpus) => {
    const { url, clock, app } = await open();
    await fc.assert(
      fc.asyncProperty(mutated(corpus), fc.array(fc.nat(), { maxLength: 3 }), async (bytes, cuts) => {
        const [first, ...rest] = inPieces(bytes, cuts);
        const asked = await RawHttp.send(url, first);
        for (const piece of rest) asked.socket.write(piece);
        await asked.hangUp();
        expect(asked.heard).not.toMatch(/^HTTP\/1\.1 500 /m);
      }),
      fuzzing(80),
    );
    expect(await negotiate(`${url}/hub`)).toMatchObject({ connectionId: expect.any(String) });
    await clock.advance(60_000);
    expect(await app.get(Counter).connections.count()).toBe(0);
    await app.close();
    // Fastify reads bodies for paths that are nobody's here, and Nest says so where one breaks off.
    log.pass('ExceptionsHandler', 'Error: aborted');
  });

  it('serves or refuses whatever is done with the token of a negotiation, and keeps nothing of it', async () => {
    const { url, clock, app } = await open();
    const messages = mutated(corpusOf('calls.txt'), 1).map((text) => `${text.toString()}\u001e`);
    const posts = fc.array(messages, { maxLength: 3 }).map((all) => postOf(`{"protocol":"json","version":1}\u001e${all.join('')}`));
    const deeds = fc.array(fc.oneof(fc.constantFrom(...withoutBody), posts), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(deeds, async (all) => {
        const { connectionToken } = await negotiate(`${url}/hub`);
        const asked: RawHttp[] = [];
        for (const deed of all) asked.push(await RawHttp.send(url, Buffer.from(deed.replace('TOKEN', connectionToken))));
        for (const one of asked) await one.hangUp();
        for (const { heard } of asked) expect(heard).not.toMatch(/^HTTP\/1\.1 500 /m);
      }),
      fuzzing(60),
    );
    await clock.advance(60_000);
    expect(await app.get(Counter).connections.count()).toBe(0);
  });
});
