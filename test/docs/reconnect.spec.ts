import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HubClients } from 'nestjs-signalr';
import { servedAppFrom } from '../support/app-of.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { next } from '../support/nest-client.js';
import { examplesThatNobodyRuns } from './pages.js';
import { connectionTo } from './reconnect/client.js';
import { signalR } from './reconnect/module.js';
import { PricesHub } from './reconnect/prices.hub.js';

describe('docs/reconnect.md', () => {
  beforeEach(() => void jest.spyOn(console, 'info').mockReturnValue());
  afterEach(() => void jest.restoreAllMocks());

  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('reconnect')).toEqual([]);
  });

  it('has a hub whose clients come back, to their groups', async () => {
    const { app, url } = await servedAppFrom({ imports: [signalR()], providers: [PricesHub] });
    const proxy = await CuttingProxy.before(url);
    const connection = connectionTo(proxy.url);
    await connection.start();
    await connection.invoke('watch', 'ACME');
    const priced = next(connection, 'priced');
    proxy.cut();
    await app.get(HubClients).group('ACME').send('priced', 12);
    expect(await priced).toEqual([12]);
    await connection.stop();
    await proxy.close();
  });
});
