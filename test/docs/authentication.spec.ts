import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { HubClients, HubConnections } from 'nestjs-signalr';
import { ask } from '../support/app-request.js';
import { servedAppFrom } from '../support/app-of.js';
import { closed, connectTo, next, reasonOf } from '../support/nest-client.js';
import { HubSocket } from '../support/hub-socket.js';
import { bearer, doors, knock, negotiate } from '../support/nest-knock.js';
import { examplesThatNobodyRuns } from './pages.js';

const secret = 'a secret that only these tests know';
const jwt = new JwtService({ secret });
const token = (sub: string, ...roles: string[]): string => jwt.sign({ sub, roles });

// The examples read it when they are loaded.
beforeAll(() => {
  process.env['JWT_SECRET'] = secret;
  jest.spyOn(console, 'info').mockReturnValue();
});

async function serve(prepare?: Parameters<typeof servedAppFrom>[1]) {
  const { AppModule } = await import('./authentication/app.module.js');
  return servedAppFrom({ imports: [AppModule] }, prepare);
}

describe('docs/authentication.md', () => {
  it('has no example that is not run here', () => {
    expect(examplesThatNobodyRuns('authentication')).toEqual([]);
  });

  it('lets in who has a token, and lets call who has the role', async () => {
    const { url } = await serve();
    const { connect } = await import('./authentication/client.js');
    const [ada, bob] = [await connect(url, async () => token('ada', 'admin')), await connect(url, async () => token('bob'))];
    expect(await bob.invoke('place', 'tea')).toBe('tea for bob');
    expect(await ada.invoke('cancelAll')).toBe('cancelled');
    expect(await reasonOf(bob.invoke('cancelAll'))).toBe("Failed to invoke 'cancelAll' because user is unauthorized");
    expect(await bob.invoke('place', 'milk')).toBe('milk for bob');
    for (const door of doors) expect((await knock(door, `${url}/orders`)).status).toBe(401);
    await Promise.all([ada.stop(), bob.stop()]);
  });

  it('finds the connections of a user', async () => {
    const { app, url } = await serve();
    const { Notifier } = await import('./authentication/notifier.js');
    const { OrdersHub } = await import('./authentication/orders.hub.js');
    const connection = await connectTo(`${url}/orders`, { accessTokenFactory: () => token('ada') });
    const [promoted, colleague, end] = [next(connection, 'promoted'), next(connection, 'colleague'), closed(connection)];
    await app.get(Notifier).promote('ada');
    expect([await promoted, await colleague]).toEqual([[], ['ada']]);
    await app.get(Notifier).lockOut('ada');
    expect((await end)?.message).toContain('Your account is locked.');
    expect(await app.get(HubConnections).of(OrdersHub).count()).toBe(0);
  });

  it('takes a newer token, and the hook sees what has changed', async () => {
    const { app, url } = await serve();
    const { PricesHub } = await import('./authentication/prices.hub.js');
    const [old, newer] = [
      jwt.sign({ sub: 'ada', roles: [] }, { expiresIn: 60 }),
      jwt.sign({ sub: 'ada', roles: ['broker'] }, { expiresIn: 600 }),
    ];
    const { connectionToken } = await negotiate(`${url}/prices`, bearer(old));
    const socket = await HubSocket.join(`${url}/prices?id=${connectionToken}`, { headers: bearer(old) });
    const brokers = app.get(HubClients).of(PricesHub).group('brokers');
    await brokers.send('unheard');
    const { status, body } = await ask('POST', `${url}/prices/refresh?id=${connectionToken}`, bearer(newer));
    expect(status).toBe(200);
    const { tokenLifetimeSeconds } = JSON.parse(body) as { tokenLifetimeSeconds: number };
    // By the clock of the machine, which may have been busy with something else.
    expect([tokenLifetimeSeconds > 540, tokenLifetimeSeconds <= 600]).toEqual([true, true]);
    await brokers.send('heard');
    expect(await socket.messages()).toMatchObject([{ target: 'heard' }]);
  });

  it('needs no guard with authenticate', async () => {
    const { NewsModule } = await import('./authentication/authenticate.module.js');
    const { url } = await servedAppFrom({ imports: [NewsModule] });
    const connection = await connectTo(`${url}/news`, { accessTokenFactory: () => token('ada') });
    expect(await connection.invoke('who')).toBe('ada');
    for (const headers of [{}, bearer('x')]) for (const door of doors) expect((await knock(door, `${url}/news`, headers)).status).toBe(401);
    await connection.stop();
  });

  it('has a guard for HTTP that leaves calls alone', async () => {
    const { MaintenanceGuard } = await import('./authentication/http-only.guard.js');
    const { url } = await serve((app) => app.useGlobalGuards(new MaintenanceGuard()));
    const connection = await connectTo(`${url}/orders`, { accessTokenFactory: () => token('ada') });
    expect(await connection.invoke('place', 'tea')).toBe('tea for ada');
    await connection.stop();
  });
});
