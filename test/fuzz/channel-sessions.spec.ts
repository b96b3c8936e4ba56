import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { appFrom } from '../support/app-of.js';
import { turns } from '../support/changes.js';
import { connect } from '../support/channel-connect.js';
import { corpusOf, fuzzing, isReadable, mutated } from '../support/fuzz.js';
import { fuzzedModule } from '../support/fuzz-app.js';

describe.each([
  ['version 1.0.0 of Phoenix', '/socket/websocket?vsn=1.0.0', 'phoenix-1.txt', 'phoenix.hex'],
  ['version 2.0.0 of Phoenix', '/socket/websocket?vsn=2.0.0', 'phoenix-2.txt', 'phoenix.hex'],
  ['what realtime-js speaks', '/realtime/websocket?vsn=2.0.0', 'realtime.txt', 'realtime.hex'],
])('a client that says anything in %s', (_, url, file, binaryFile) => {
  const texts = mutated(corpusOf(file), 2).map((text) => text.toString());
  const bytes = mutated(corpusOf(binaryFile), 2);
  const join = corpusOf(file)[0].toString();

  it('is served to its end, and can read what it hears', async () => {
    const app = await appFrom(fuzzedModule());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(texts, texts, bytes), { maxLength: 12 }), async (documents) => {
        const heard: (string | Uint8Array)[] = [];
        const { transport, served } = await connect(app, url, undefined, (document) => heard.push(document));
        for (const document of [join, ...documents]) transport.send(document);
        await turns(3);
        transport.vanish();
        await served;
        expect(heard.filter((document) => !isReadable(document))).toEqual([]);
        expect(heard.length).toBeLessThanOrEqual(4 * (documents.length + 1));
      }),
      fuzzing(150),
    );
  });
});
