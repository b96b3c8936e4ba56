import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChainPage, happens } from '../support/chain-page.js';

describe('names that mean something to JavaScript', () => {
  let page: ChainPage;

  beforeEach(() => {
    page = new ChainPage();
    page.open();
  });

  afterEach(() => page.close());

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'M06: are topics and events like any other in the page: %s',
    async (name) => {
      const socket = page.socket();
      const channel = socket.channel(name).join();
      const stream = (await page.server.stream()).open();
      const ready = happens(channel, 'join:ok');
      const { topic, joinRef } = await page.server.join(stream, { [name]: 1 });
      expect([topic, Object.keys((await ready) as object)]).toEqual([name, [name]]);
      for (const frame of [
        [2, name, name, { n: 1 }],
        [0, joinRef, 0, name, name, { n: 1 }],
      ]) {
        const heard = happens(channel, name);
        stream.say(frame);
        expect(await heard).toEqual({ n: 1 });
      }
      expect(Object.hasOwn(Object.prototype, 'n')).toBe(false);
    },
  );
});
