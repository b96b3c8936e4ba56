import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Channels } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { servedAppFrom } from '../support/app-of.js';
import { ask } from '../support/app-request.js';
import { corpusOf, fuzzing, mutated } from '../support/fuzz.js';
import { fuzzedModule } from '../support/fuzz-app.js';
import { PHOENIX_POLL, polls, postOf } from '../support/fuzz-requests.js';
import { RawHttp } from '../support/raw-http.js';

describe('a client of Phoenix that polls, and posts anything,', () => {
  const documents = mutated(corpusOf('phoenix-2.txt'), 1).map((text) => text.toString());
  const posts = fc.array(documents, { maxLength: 3 }).map((all) => postOf(all.join('\n'), PHOENIX_POLL));
  const deeds = fc.array(fc.oneof(fc.constantFrom(...polls), posts), { minLength: 1, maxLength: 6 });

  it('is served or refused, never for a fault of ours, and nothing of it is kept', async () => {
    const clock = new FakeClock();
    const { app, url } = await servedAppFrom(fuzzedModule({ clock }));
    await fc.assert(
      fc.asyncProperty(deeds, async (all) => {
        const { token } = JSON.parse((await ask('GET', `${url}/socket/longpoll?vsn=2.0.0`)).body) as { token: string };
        const asked: RawHttp[] = [];
        for (const deed of all) asked.push(await RawHttp.send(url, Buffer.from(deed.replace('TOKEN', encodeURIComponent(token)))));
        for (const one of asked) await one.hangUp();
        for (const { heard } of asked) expect(heard).not.toMatch(/^HTTP\/1\.1 500 /m);
      }),
      fuzzing(60),
    );
    await clock.advance(60_000);
    expect((await app.get(Channels).info()).sessions).toBe(0);
  });
});
