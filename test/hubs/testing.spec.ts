import { describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubMethod,
  InjectHubClients,
  UploadStream,
  type HubCallerClients,
  type HubCallerContext,
} from 'nestjs-signalr';
import { createTestClient, FakeClock, recordingHubClients } from 'nestjs-signalr/testing';
import { lastValueFrom, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { appOf } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';

interface NewsClient {
  news(text: string): void;
}

@Hub('/tested')
class TestedHub {
  readonly gate = new Gate();

  @HubMethod()
  who(@Caller() caller: HubCallerContext) {
    return [caller.userIdentifier, caller.protocol, caller.transport ?? null];
  }

  @HubMethod()
  async tellTwice(@Clients() clients: HubCallerClients) {
    await clients.caller.send('News', 1);
    await clients.caller.send('other');
    await clients.caller.send('news', 2);
  }

  @HubMethod()
  async list(label: string, first: Observable<unknown>, @UploadStream() second: UploadStream) {
    const texts = await Promise.all([first, second].map((items) => lastValueFrom(items.pipe(toArray()))));
    return [label, ...texts];
  }

  @HubMethod()
  async *doubled(@UploadStream() values: AsyncIterable<number>) {
    for await (const value of values) yield 2 * value;
  }

  @HubMethod()
  leave(@Caller() caller: HubCallerContext) {
    caller.abort();
  }
}

async function* counting(to: number) {
  for (let number = 0; number < to; number++) yield number;
}

@Injectable()
class Announcer {
  constructor(@InjectHubClients(TestedHub) private readonly clients: HubClients<NewsClient>) {}

  async announce(text: string) {
    await this.clients.all.send('news', text);
    await this.clients.allExcept(['c1']).send('news', text);
    await this.clients.groups(['red', 'blue']).send('news', text);
    await this.clients.groupExcept('red', ['c1', 'c2']).send('news', text);
    await this.clients.user('ada').send('news', text);
    await this.clients.client('c1').send('news', text);
  }
}

describe('createTestClient', () => {
  it.each(['json', 'messagepack'] as const)('uploads the streams among its arguments: %s', async (protocol) => {
    const client = await createTestClient(await appOf([TestedHub]), TestedHub, { protocol });
    const subject = new Subject<number>();
    const listed = client.invoke('list', subject, 'label', counting(1_000));
    for (const number of [1, 2]) subject.next(number);
    subject.complete();
    expect(await listed).toEqual(['label', [1, 2], [...Array(1_000).keys()]]);
    const doubled: number[] = [];
    for await (const number of client.stream<number>('doubled', of(1, 2))) doubled.push(number);
    expect(doubled).toEqual([2, 4]);
    const failing = throwError(() => new Error('no more'));
    await expect(client.invoke('list', 'label', failing, of())).rejects.toThrow('HubException: no more');
  });

  it('refuses an option that it does not have', async () => {
    await expect(createTestClient(await appOf([TestedHub]), TestedHub, { users: 1 } as object)).rejects.toThrow(
      "createTestClient does not know the option 'users'. It takes user, protocol.",
    );
  });

  it('is who the test says, over an in-memory stream', async () => {
    const client = await createTestClient(await appOf([TestedHub]), TestedHub, { user: { id: 'ada' } });
    expect(await client.invoke('who')).toEqual(['ada', 'json', null]);
  });

  it('keeps what it is told until the test asks, by name without case', async () => {
    const client = await createTestClient(await appOf([TestedHub]), TestedHub);
    await client.invoke('tellTwice');
    expect(await client.next('other')).toEqual([]);
    expect(await client.next('NEWS')).toEqual([1]);
    expect(await client.next('news')).toEqual([2]);
  });

  it('rejects what it waits for when the connection ends, with what the server said', async () => {
    const client = await createTestClient(await appOf([TestedHub]), TestedHub);
    const waiting = [client.next('news'), client.invoke('leave')];
    for (const { reason } of (await Promise.allSettled(waiting)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ message: 'The connection has ended.' });
    }
    expect(await client.closed).toEqual({ error: undefined, allowReconnect: false });
  });

  it('settles send for a call that fails', async () => {
    const client = await createTestClient(await appOf([TestedHub]), TestedHub);
    await client.send('noSuchMethod');
    expect(await client.invoke('who')).toHaveLength(3);
  });

  it('rejects for a class that is no hub of the application', async () => {
    await expect(createTestClient(await appOf([TestedHub]), Announcer)).rejects.toThrow('Announcer is no hub of this application.');
  });

  it('may be closed twice, and after the server has gone', async () => {
    const app = await appOf([TestedHub]);
    const client = await createTestClient(app, TestedHub);
    await Promise.all([client.close(), client.close()]);
    const other = await createTestClient(app, TestedHub);
    await app.close();
    await other.close();
    expect(await other.closed).toEqual({ error: undefined, allowReconnect: true });
  });
});

describe('recordingHubClients', () => {
  it('keeps what was said, and to whom, without an application', async () => {
    const clients = recordingHubClients<NewsClient>(TestedHub);
    await new Announcer(clients).announce('Hello');
    const nobody = { all: false, groups: [], users: [], connections: [], except: [] };
    expect(clients.calls).toEqual(
      [
        { ...nobody, all: true },
        { ...nobody, all: true, except: ['c1'] },
        { ...nobody, groups: ['red', 'blue'] },
        { ...nobody, groups: ['red'], except: ['c1', 'c2'] },
        { ...nobody, users: ['ada'] },
        { ...nobody, connections: ['c1'] },
      ].map((to) => ({ hub: TestedHub, to, method: 'news', arguments: ['Hello'] })),
    );
  });
});

describe('FakeClock', () => {
  it('runs what is due, in order, and nothing before', async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.after(2_500, () => ran.push(`b ${clock.now()}`));
    clock.after(500, () => ran.push(`a ${clock.now()}`));
    clock.after(9_000, () => ran.push('never'))();
    clock.onTick((now) => ran.push(`tick ${now}`));
    await clock.advance(499);
    expect(ran).toEqual([]);
    await clock.advance(2_500);
    expect(ran).toEqual(['a 500', 'tick 1000', 'tick 2000', 'b 2500']);
    await clock.advance(10_000);
    expect(ran).not.toContain('never');
  });

  it('shows the time from which a test begins, and what has passed since', async () => {
    const clock = new FakeClock(new Date('2030-01-01T00:00:00Z'));
    await clock.advance(61_000);
    expect([clock.now(), clock.date()]).toEqual([61_000, new Date('2030-01-01T00:01:01Z')]);
  });

  it('moves nothing that belongs to Node', async () => {
    const clock = new FakeClock();
    const task = jest.fn();
    const timer = setTimeout(task, 1_000);
    await clock.advance(10_000);
    expect(task).not.toHaveBeenCalled();
    clearTimeout(timer);
  });
});
