import { describe, expect, it } from '@jest/globals';
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import {
  getHubClientsToken,
  getHubConnectionsToken,
  getHubGroupsToken,
  Hub,
  HubClients,
  HubConnections,
  HubGroups,
  HubMethod,
  InjectHubClients,
  InjectHubConnections,
  InjectHubGroups,
} from 'nestjs-signalr';
import { createTestClient, recordingHubClients } from 'nestjs-signalr/testing';
import { firstValueFrom } from 'rxjs';
import { appFrom, appOf, moduleOf } from '../support/app-of.js';
import { FirstHub } from './cycle/first.hub.js';
import { FirstService } from './cycle/first.service.js';
// The second circle is entered at the service.
import { SecondService } from './cycle/second.service.js';
import { SecondHub } from './cycle/second.hub.js';

interface ChatClient {
  message(text: string): void;
}

@Hub('/chat')
class ChatHub {
  @HubMethod()
  id() {
    return 'here';
  }
}

@Hub('/news')
class NewsHub {}

@Injectable()
class ChatService {
  @InjectHubConnections(ChatHub)
  readonly connections!: HubConnections;

  constructor(
    @InjectHubClients(ChatHub) readonly clients: HubClients<ChatClient>,
    @InjectHubGroups(() => ChatHub) readonly groups: HubGroups,
  ) {}
}

@Injectable()
class LateService {
  constructor(@InjectHubClients(() => ChatHub) readonly clients: HubClients<ChatClient>) {}
}

@Injectable()
class BareService {
  constructor(
    readonly clients: HubClients,
    readonly groups: HubGroups,
    readonly connections: HubConnections,
  ) {}
}

const tellerOf =
  (clients: HubClients<ChatClient>) =>
  (text: string): Promise<void> =>
    clients.all.send('message', text);

describe('what is injected for a hub', () => {
  it("reaches that hub's clients, groups and connections, by constructor, by property and by a function", async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, NewsHub, ChatService] });
    const { clients, groups, connections } = app.get(ChatService);
    const client = await createTestClient(app, ChatHub);
    await client.invoke('id');
    const [{ connectionId }] = await connections.list();
    await groups.add(connectionId, 'red');
    await clients.group('red').send('message', 'hello');
    expect(await client.next('message')).toEqual(['hello']);
  });

  it('is there by its token, the same for who asks the application', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, NewsHub, ChatService] });
    const service = app.get(ChatService);
    expect(app.get(getHubClientsToken(ChatHub))).toBe(service.clients);
    expect(app.get(getHubConnectionsToken(ChatHub))).toBe(service.connections);
    expect(app.get(getHubGroupsToken(ChatHub))).toBeInstanceOf(HubGroups);
    expect(getHubClientsToken(ChatHub)).toBe(getHubClientsToken(ChatHub));
    expect(getHubClientsToken(ChatHub)).not.toBe(getHubClientsToken(NewsHub));
    expect(String(getHubClientsToken(ChatHub))).toContain('ChatHub');
  });

  it.each([
    ['the hub', FirstHub, FirstService, 'hello from the first'],
    ['the service', SecondHub, SecondService, 'hello from the second'],
  ] as const)('works on both sides of files that import each other, entered at %s', async (_, hub, service, greeting) => {
    const app = await appFrom({ ...moduleOf([]), providers: [hub, service] });
    const client = await createTestClient(app, hub);
    expect(await client.invoke('greet')).toBe(greeting);
    const { clients, groups, connections } = app.get<FirstService>(service);
    const [{ connectionId }] = await connections.list();
    await groups.add(connectionId, 'red');
    await clients.group('red').send('message', 'around');
    expect(await client.next('message')).toEqual(['around']);
  });

  it.each<[string, new (...args: never[]) => { clients: HubClients<ChatClient> }]>([
    ['by the hub', ChatService],
    ['by a function', LateService],
  ])('can be overridden in a test by its token, for who asks %s', async (_, service) => {
    const recorded = recordingHubClients<ChatClient>(ChatHub);
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, service] }, (builder) =>
      builder.overrideProvider(getHubClientsToken(ChatHub)).useValue(recorded),
    );
    await app.get(service).clients.all.send('message', 'kept');
    expect(recorded.calls).toMatchObject([{ method: 'message', arguments: ['kept'] }]);
  });

  it('can be given to a factory', async () => {
    const app = await appFrom({
      ...moduleOf([]),
      providers: [ChatHub, { provide: 'tell', inject: [getHubClientsToken(ChatHub)], useFactory: tellerOf }],
    });
    const client = await createTestClient(app, ChatHub);
    await client.invoke('id');
    await app.get<ReturnType<typeof tellerOf>>('tell')('hello');
    expect(await client.next('message')).toEqual(['hello']);
  });

  it('is asked for by a class that extends who asks', async () => {
    @Injectable()
    class SpecialService extends ChatService {}
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, SpecialService] });
    expect(await app.get(SpecialService).connections.count()).toBe(0);
  });

  it('works in a hub itself, also for the hub itself', async () => {
    @Hub('/self')
    class SelfHub {
      constructor(
        @InjectHubClients(() => SelfHub) readonly own: HubClients,
        @InjectHubClients(ChatHub) readonly others: HubClients,
      ) {}

      @HubMethod()
      async tell() {
        await this.own.all.send('message', 'mine');
        await this.others.all.send('message', 'yours');
      }
    }
    const app = await appOf([SelfHub, ChatHub]);
    const [mine, yours] = [await createTestClient(app, SelfHub), await createTestClient(app, ChatHub)];
    await yours.invoke('id');
    await mine.invoke('tell');
    expect([await mine.next('message'), await yours.next('message')]).toEqual([['mine'], ['yours']]);
  });

  it('can be used from onApplicationBootstrap on, and says so when it is too early', async () => {
    const seen: string[] = [];
    @Injectable()
    class EagerService implements OnModuleInit, OnApplicationBootstrap {
      constructor(@InjectHubClients(ChatHub) private readonly clients: HubClients) {
        try {
          void clients.all.send('message');
        } catch (error) {
          seen.push((error as Error).message);
        }
      }

      onModuleInit() {
        seen.push('init');
      }

      async onApplicationBootstrap() {
        await this.clients.all.send('message');
        seen.push('sent');
      }
    }
    await appFrom({ ...moduleOf([]), providers: [ChatHub, EagerService] });
    expect(seen).toEqual([
      'The hub ChatHub is not running yet: it can be used from onApplicationBootstrap on, or inside its methods.',
      'init',
      'sent',
    ]);
  });
});

describe('what is injected without naming a hub', () => {
  it('is the only one', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, BareService] });
    const { clients, groups, connections } = app.get(BareService);
    const client = await createTestClient(app, ChatHub);
    await client.invoke('id');
    const [{ connectionId }] = await connections.list();
    await groups.add(connectionId, 'red');
    await clients.group('red').send('message', 1);
    expect(await client.next('message')).toEqual([1]);
  });

  it('says which hubs there are when there are several, and is any of them by of', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, NewsHub, BareService] });
    const { clients, groups, connections } = app.get(BareService);
    const text = (asked: string): string =>
      `${asked} was injected without saying which hub, and there are several: ChatHub, NewsHub. Inject @Inject${asked}(ChatHub), or ask for .of(ChatHub).`;
    expect(() => clients.all).toThrow(text('HubClients'));
    expect(() => clients.user('ada')).toThrow(text('HubClients'));
    await expect(groups.add('id', 'red')).rejects.toThrow(text('HubGroups'));
    await expect(connections.count()).rejects.toThrow(text('HubConnections'));
    await expect((async () => firstValueFrom(connections.events$))()).rejects.toThrow(text('HubConnections'));
    const client = await createTestClient(app, NewsHub);
    expect(await connections.of(ChatHub).count()).toBe(0);
    await groups.of(NewsHub).add('gone', 'red');
    await clients.of(NewsHub).all.send('message', 1);
    expect(await client.next('message')).toEqual([1]);
  });

  it('says that there is none, when there is none', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [BareService] });
    const { clients, connections } = app.get(BareService);
    const text = "HubClients was injected, but no hub is running. Add a class with @Hub('/path') to the providers of a module.";
    expect(() => clients.all).toThrow(text);
    await expect(connections.count()).rejects.toThrow('HubConnections was injected, but no hub is running.');
  });

  it('is nothing of a class that is no hub of the application', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, BareService] });
    const { clients, groups, connections } = app.get(BareService);
    const text = "NewsHub is no hub of this application. Write @Hub('/path') above it and add it to the providers of a module.";
    expect(() => clients.of(NewsHub).all).toThrow(text);
    await expect(groups.of(NewsHub).add('id', 'red')).rejects.toThrow(text);
    await expect(connections.of(NewsHub).count()).rejects.toThrow(text);
  });

  it('can be overridden in a test by its class', async () => {
    const recorded = recordingHubClients(ChatHub);
    const app = await appFrom({ ...moduleOf([]), providers: [ChatHub, BareService] }, (builder) =>
      builder.overrideProvider(HubClients).useValue(recorded),
    );
    await app.get(BareService).clients.of(NewsHub).all.send('message');
    expect(recorded.calls).toMatchObject([{ hub: NewsHub, method: 'message' }]);
  });
});
