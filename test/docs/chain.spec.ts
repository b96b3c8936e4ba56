import { describe, expect, it } from '@jest/globals';
import { moduleOf } from '../support/app-of.js';
import { keepCookies } from '../support/cookie-fetch.js';
import { platforms, servedOn } from '../support/nest-platforms.js';
import { visit } from './chain/page.js';
import { PageSocket, RoomChannel } from './chain/room.js';
import { examplesThatNobodyRuns } from './pages.js';

describe('docs/chain.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('chain')).toEqual([]);
  });

  it.each(platforms)('has a channel, an endpoint and a page, on %s', async (platform) => {
    const forget = keepCookies();
    const { url } = await servedOn(platform, moduleOf([RoomChannel, PageSocket]));
    expect(await visit(`${url}/chain`)).toEqual(['Ada: Hello']);
    forget();
  });
});
