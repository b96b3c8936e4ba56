import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import {
  Hub,
  HubClients,
  HubConnections,
  HubMethod,
  SignalRModule,
  type SignalRModuleOptions,
  type SignalROptionsFactory,
} from 'nestjs-signalr';
import { createTestClient, FakeClock } from 'nestjs-signalr/testing';
import { appFrom, appOf, closeLater, contextOf, log, moduleOf, servedAppFrom, servedAppOf } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HubPeer } from '../support/hub-peer.js';

@Hub('/Chat')
class ChatHub {
  @HubMethod()
  echo(value: unknown) {
    return value;
  }

  @HubMethod('Fail')
  fail() {
    throw new Error('shown');
  }
}

@Hub('/news/')
class NewsHub {}

const DETAILED = "An unexpected error occurred invoking 'fail' on the server. Error: shown";

/** Whether the options of a module have reached its hubs. */
async function isDetailed(module: DynamicModule): Promise<boolean> {
  const app = await appFrom({ imports: [module], providers: [ChatHub] });
  const { error } = await (await HubPeer.join(app, ChatHub)).ask('fail');
  log.takeErrors();
  return error === DETAILED;
}

@Injectable()
class DetailedOptions implements SignalROptionsFactory {
  createSignalROptions(): SignalRModuleOptions {
    return { enableDetailedErrors: true };
  }
}

@Module({ providers: [{ provide: 'detailed', useValue: true }, DetailedOptions], exports: ['detailed', DetailedOptions] })
class SettingsModule {}

describe('SignalRModule', () => {
  it('serves the hubs of the module that imports it', async () => {
    const client = await createTestClient(await appFrom({ imports: [SignalRModule.forRoot()], providers: [ChatHub] }), ChatHub);
    expect(await client.invoke('echo', 1)).toBe(1);
  });

  it.each([undefined, null, 'options'])('is refused with a factory that returns %j', async (options) => {
    const module = SignalRModule.forRootAsync({ useFactory: () => options as SignalRModuleOptions });
    await expect(appFrom({ imports: [module], providers: [ChatHub] })).rejects.toThrow(
      `The options of SignalRModule have to be an object; they are ${String(options)}.`,
    );
  });

  it('warns when there is nothing to serve', async () => {
    await appFrom({ imports: [SignalRModule] });
    expect(log.of('SignalR', 'warn')).toEqual([
      "No hub is served. Write @Hub('/path') above a class and add it to the providers of a module.",
    ]);
  });

  it('may be imported bare', async () => {
    const client = await createTestClient(await appFrom({ imports: [SignalRModule], providers: [ChatHub] }), ChatHub);
    expect(await client.invoke('echo', 1)).toBe(1);
  });

  it.each<[string, () => DynamicModule]>([
    ['forRoot', () => SignalRModule.forRoot({ enableDetailedErrors: true })],
    ['useFactory', () => SignalRModule.forRootAsync({ useFactory: () => ({ enableDetailedErrors: true }) })],
    ['useFactory that is asynchronous', () => SignalRModule.forRootAsync({ useFactory: async () => ({ enableDetailedErrors: true }) })],
    [
      'useFactory with inject and imports',
      () =>
        SignalRModule.forRootAsync({
          imports: [SettingsModule],
          inject: ['detailed'],
          useFactory: (enableDetailedErrors: boolean) => ({ enableDetailedErrors }),
        }),
    ],
    ['useClass', () => SignalRModule.forRootAsync({ useClass: DetailedOptions })],
    ['useExisting with imports', () => SignalRModule.forRootAsync({ imports: [SettingsModule], useExisting: DetailedOptions })],
  ])('takes its options by %s', async (_, module) => {
    expect(await isDetailed(module())).toBe(true);
  });

  it('N08: has defaults for all that is not said, or is undefined', async () => {
    expect(await isDetailed(SignalRModule.forRoot({ enableDetailedErrors: undefined, limits: undefined, webSocket: {} }))).toBe(false);
    expect(await isDetailed(SignalRModule.forRootAsync({ useFactory: () => ({}) }))).toBe(false);
  });

  it('lets the options of a hub win over its own, group by group', async () => {
    @Hub('/own', { enableDetailedErrors: false, maximumReceiveMessageSize: 100 })
    class OwnHub extends ChatHub {}
    const app = await appOf([OwnHub], { enableDetailedErrors: true, keepAliveInterval: 2_000, clock: new FakeClock() });
    const peer = await HubPeer.join(app, OwnHub);
    expect(await peer.ask('fail')).toMatchObject({ error: DETAILED.replace(' Error: shown', '') });
    log.takeErrors();
    peer.write('x'.repeat(101));
    await peer.ended;
  });

  it('serves hubs of every module, whether they export them or not', async () => {
    @Module({ providers: [ChatHub] })
    class ChatModule {}
    @Module({ imports: [ChatModule], providers: [NewsHub], exports: [NewsHub] })
    class FeatureModule {}
    const app = await appFrom({ imports: [FeatureModule, SignalRModule.forRoot()] });
    for (const hub of [ChatHub, NewsHub]) await (await createTestClient(app, hub)).close();
    expect(await app.get(HubConnections).of(ChatHub).count()).toBe(0);
  });

  it('serves a hub with its dependencies', async () => {
    @Hub('/dependent')
    class DependentHub {
      constructor(@Inject('detailed') private readonly detailed: boolean) {}

      @HubMethod()
      read() {
        return this.detailed;
      }
    }
    const client = await createTestClient(
      await appFrom({ imports: [SignalRModule.forRoot(), SettingsModule], providers: [DependentHub] }),
      DependentHub,
    );
    expect(await client.invoke('read')).toBe(true);
  });

  it('serves a hub that a factory or another class provides, under both of its names', async () => {
    @Hub('/derived')
    class DerivedHub extends ChatHub {
      override echo(value: unknown) {
        return ['derived', value];
      }
    }
    const byFactory = await appFrom({ ...moduleOf([]), providers: [{ provide: ChatHub, useFactory: () => new ChatHub() }] });
    expect(await (await createTestClient(byFactory, ChatHub)).invoke('echo', 1)).toBe(1);
    const byClass = await appFrom({ ...moduleOf([]), providers: [{ provide: ChatHub, useClass: DerivedHub }] });
    for (const hub of [ChatHub, DerivedHub]) {
      expect(await (await createTestClient(byClass, hub)).invoke('echo', 1)).toEqual(['derived', 1]);
    }
  });

  it('says one line for each hub at boot: its class, its path and its methods', async () => {
    await appOf([ChatHub, NewsHub]);
    expect(log.of('SignalR')).toEqual(['ChatHub {/Chat}: echo, Fail', 'NewsHub {/news/}: no methods']);
  });

  it('is no burden to an application without hubs', async () => {
    const { url } = await servedAppOf([]);
    expect((await fetch(`${url}/chat/negotiate`, { method: 'POST' })).status).toBe(404);
    expect(log.of('SignalR')).toEqual([]);
  });
});

describe('applications of one process', () => {
  it('do not see each other: not their hubs, nor their clients, nor their groups', async () => {
    const [first, second] = [await appOf([ChatHub]), await appOf([ChatHub, NewsHub])];
    const client = await createTestClient(first, ChatHub);
    await client.invoke('echo', 1);
    expect(await first.get(HubConnections).count()).toBe(1);
    expect(await second.get(HubConnections).of(ChatHub).count()).toBe(0);
    await expect(createTestClient(first, NewsHub)).rejects.toThrow('NewsHub is no hub of this application.');
    await second.get(HubClients).of(ChatHub).all.send('news');
    await first.get(HubClients).all.send('fence');
    await client.next('fence');
    await second.close();
    expect(await client.invoke('echo', 2)).toBe(2);
  });

  it('do not mind what others were given to inject', async () => {
    @Injectable()
    class Stranger {
      constructor(readonly clients: HubClients) {}
    }
    const app = await appFrom({ ...moduleOf([ChatHub]), providers: [Stranger, ChatHub] });
    const alone = await appFrom({ imports: [SignalRModule], providers: [Stranger] });
    await app.get(Stranger).clients.all.send('x');
    expect(() => alone.get(Stranger).clients.all).toThrow('no hub is running');
  });
});

describe('an application', () => {
  @Module({ imports: [SignalRModule.forRoot()], providers: [ChatHub] })
  class RootModule {}

  it('without HTTP serves streams, as an application context', async () => {
    const context = await contextOf(RootModule);
    expect(await (await createTestClient(context, ChatHub)).invoke('echo', 1)).toBe(1);
    expect(log.of('SignalR')).toEqual(['ChatHub {/Chat}: echo, Fail']);
  });

  it('that is initialised and does not listen serves streams', async () => {
    const { Test } = await import('@nestjs/testing');
    const module = await Test.createTestingModule({ imports: [RootModule] })
      .setLogger(log)
      .compile();
    const app = closeLater(module.createNestApplication());
    await app.init();
    expect(await (await createTestClient(app, ChatHub)).invoke('echo', 1)).toBe(1);
  });

  it('ends its connections once when it is closed twice, also at the same time', async () => {
    const { app } = await servedAppFrom({ imports: [RootModule] });
    const client = await createTestClient(app, ChatHub);
    await Promise.all([app.close(), app.close()]);
    await app.close();
    expect(await client.closed).toEqual({ error: undefined, allowReconnect: true });
  });

  it('is closed at once when nobody is connected', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    await fetch(`${url}/chat/negotiate`, { method: 'POST' });
    await app.close();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('L03: waits no longer than 25 seconds for a hook that does not end', async () => {
    const gate = new Gate();
    @Hub('/stuck')
    class StuckHub {
      onDisconnected() {
        return gate.pass();
      }
    }
    const clock = new FakeClock();
    const app = await appOf([StuckHub], { clock });
    await createTestClient(app, StuckHub);
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    await clock.advance(0);
    await clock.advance(24_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
  });
});
