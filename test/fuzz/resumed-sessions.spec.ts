import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from 'nestjs-signalr/testing';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import { servedAppFrom } from '../support/app-of.js';
import { corpusOf, fuzzing, mutated } from '../support/fuzz.js';
import { fuzzedModule } from '../support/fuzz-app.js';
import { HubSocket } from '../support/hub-socket.js';
import { ResumablePeer } from '../support/resumable-peer.js';

describe('J04, J05: a client that comes back, and acknowledges and numbers as it likes,', () => {
  const sayings = fc
    .array(mutated(corpusOf('resumed.txt'), 1), { maxLength: 8 })
    .map((all) => all.map((text) => `${text.toString()}\u001e`).join(''));

  it('is served or closed, disturbs nobody, and nothing of it is kept', async () => {
    const clock = new FakeClock();
    const { app, url } = await servedAppFrom(fuzzedModule({ clock, statefulReconnect: { bufferSize: 1_000 } }));
    await fc.assert(
      fc.asyncProperty(fc.array(sayings, { minLength: 1, maxLength: 4 }), async (visits) => {
        const peer = await ResumablePeer.join(`${url}/hub`);
        for (const said of visits) {
          peer.write(said);
          await peer.cut();
          // One that was closed for what it said may not come back.
          if (!(await isBack(peer))) break;
        }
        await peer.cut();
      }),
      fuzzing(40),
    );
    expect(await (await HubSocket.join(`${url}/hub`)).ask('echo', 'still here')).toMatchObject({ result: 'still here' });
    await clock.advance(60_000);
    expect(app.get(ConnectionStore, { strict: false }).size).toBeLessThanOrEqual(1);
  });
});

function isBack(peer: ResumablePeer): Promise<boolean> {
  return peer.connect().then(
    () => true,
    () => false,
  );
}
