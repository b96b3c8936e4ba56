import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import {
  Caller,
  Clients,
  Hub,
  HubClients,
  HubConnections,
  HubException,
  HubMethod,
  type HubCallerClients,
  type HubCallerContext,
  type OnConnected,
  type OnDisconnected,
  type SignalRModuleOptions,
} from 'nestjs-signalr';
import { createTestClient, FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { hostileErrors } from '../support/hub-hostile.js';
import { HANDSHAKE, HubPeer, invocation, record, SEPARATOR } from '../support/hub-peer.js';

/** Writes down what happens to it; a test may put something into its hooks. */
@Hub('/life')
class LifeHub implements OnConnected, OnDisconnected {
  readonly events: string[] = [];
  readonly ends: (Error | undefined)[] = [];
  readonly gate = new Gate();
  welcome: (caller: HubCallerContext) => unknown = () => undefined;
  goodbye: (caller: HubCallerContext) => unknown = () => undefined;

  onConnected(caller: HubCallerContext) {
    this.events.push('connected');
    return this.welcome(caller);
  }

  onDisconnected(caller: HubCallerContext, error?: Error) {
    this.events.push('disconnected');
    this.ends.push(error);
    return this.goodbye(caller);
  }

  @HubMethod()
  note(text: string) {
    this.events.push(text);
    return text;
  }

  @HubMethod()
  async wait() {
    await this.gate.pass();
    this.events.push('waited');
    return 'waited';
  }

  @HubMethod()
  leave(@Caller() caller: HubCallerContext) {
    this.events.push('left');
    caller.abort();
    return 'nobody hears it';
  }

  @HubMethod()
  async waitAndLeave(@Caller() caller: HubCallerContext) {
    caller.abort();
    await this.gate.pass();
    this.events.push('went on');
    return 'nobody hears it';
  }
}

const FAULT = 'Connection closed with an error.';
const BACK = { allowReconnect: true };

async function life(options?: SignalRModuleOptions): Promise<{ app: TestingModule; hub: LifeHub }> {
  const app = await appOf([LifeHub], options);
  return { app, hub: app.get(LifeHub) };
}

async function living(options?: SignalRModuleOptions): Promise<{ app: TestingModule; hub: LifeHub; peer: HubPeer }> {
  const { app, hub } = await life(options);
  return { app, hub, peer: await HubPeer.join(app, LifeHub) };
}

describe('the end of a connection', () => {
  it('is answered with a close message when the client says that it goes; onDisconnected gets no error', async () => {
    const { hub, peer } = await living();
    peer.say({ type: 7 });
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.events).toEqual(['connected', 'disconnected']);
    expect(hub.ends).toEqual([undefined]);
  });

  it("gives onDisconnected the client's reason as a HubException", async () => {
    const { hub, peer } = await living();
    peer.say({ type: 7, error: 'I fell over.', allowReconnect: true });
    await peer.served;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.ends).toEqual([new HubException('I fell over.')]);
    expect(hub.ends[0]).toBeInstanceOf(HubException);
  });

  it('comes without an error when the stream just ends', async () => {
    const { hub, peer } = await living();
    await peer.hangUp();
    expect(hub.ends).toEqual([undefined]);
  });

  it('is told to a client that has ended its own side alone: it may come back', async () => {
    const { peer } = await living();
    await peer.hangUp();
    expect(peer.heard).toEqual([{}, { type: 7, allowReconnect: true }]);
  });

  it('gives onDisconnected what broke the stream', async () => {
    const { hub, peer } = await living();
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    peer.theirs.destroy(reset);
    await peer.served;
    expect(hub.ends).toEqual([reset]);
  });

  it('is one without a way back when the application aborts in a method; that call gets no answer', async () => {
    const { hub, peer } = await living();
    peer.say(invocation('1', 'leave'), invocation('2', 'note', 'too late'));
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.events).toEqual(['connected', 'left', 'disconnected']);
    expect(hub.ends).toEqual([undefined]);
  });

  it('waits with onDisconnected for the method that aborted, and tells nobody its result', async () => {
    const { hub, peer } = await living();
    peer.say(invocation('1', 'waitAndLeave'), invocation('2', 'note', 'dropped'));
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.events).toEqual(['connected']);
    hub.gate.open();
    await peer.served;
    expect(hub.events).toEqual(['connected', 'went on', 'disconnected']);
  });

  it('comes with the end of the application: the client may come back', async () => {
    const { app, hub, peer } = await living();
    await app.close();
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7, allowReconnect: true }]);
    expect(hub.ends).toEqual([undefined]);
  });

  it('is awaited by the end of the application, hooks included', async () => {
    const { app, hub, peer } = await living();
    hub.goodbye = async () => {
      await hub.gate.pass();
      hub.events.push('goodbye');
    };
    const closed = app.close().then(() => hub.events.push('closed'));
    await hub.gate.reached;
    hub.gate.open();
    await closed;
    await peer.served;
    expect(hub.events).toEqual(['connected', 'disconnected', 'goodbye', 'closed']);
  });

  it('is seen by the signal before onDisconnected runs', async () => {
    const { hub, peer } = await living();
    let signal: AbortSignal | undefined;
    hub.goodbye = ({ signal: ended }) => (signal = ended);
    peer.say({ type: 7 });
    await peer.served;
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ name: 'OperationCanceledException' });
  });

  it('reaches a signal that was taken when the connection began, at once', async () => {
    const { hub, app } = await life();
    hub.welcome = ({ signal }) => signal.addEventListener('abort', () => hub.events.push('aborted'));
    const peer = await HubPeer.join(app, LifeHub);
    peer.say(invocation('1', 'waitAndLeave'));
    await hub.gate.reached;
    expect(hub.events).toEqual(['connected', 'aborted']);
  });

  it('comes once, however many things end it', async () => {
    const { app, hub, peer } = await living();
    peer.say(invocation('1', 'leave'), { type: 7 }, { type: 7, error: 'again' });
    peer.stream.end();
    const closed = app.close();
    peer.theirs.destroy(new Error('gone'));
    await Promise.all([closed, peer.served]);
    expect(hub.events.filter((event) => event === 'disconnected')).toHaveLength(1);
  });

  it.each<[string, (hub: LifeHub, app: TestingModule) => Promise<HubPeer>, string[]]>([
    ['before the handshake', async (_, app) => HubPeer.open(app, LifeHub), []],
    [
      'in the middle of the handshake',
      async (_, app) => {
        const peer = HubPeer.open(app, LifeHub);
        peer.write('{"protocol"');
        return peer;
      },
      [],
    ],
    [
      'in onConnected',
      async (hub, app) => {
        hub.welcome = () => hub.gate.pass();
        const peer = await HubPeer.join(app, LifeHub);
        await hub.gate.reached;
        return peer;
      },
      ['connected', 'disconnected'],
    ],
    [
      'in a call',
      async (hub, app) => {
        const peer = await HubPeer.join(app, LifeHub);
        peer.say(invocation('1', 'wait'));
        await hub.gate.reached;
        return peer;
      },
      ['connected', 'waited', 'disconnected'],
    ],
    [
      'in a call, after its goodbye',
      async (hub, app) => {
        const peer = await HubPeer.join(app, LifeHub);
        peer.say(invocation('1', 'wait'), { type: 7 });
        await hub.gate.reached;
        return peer;
      },
      ['connected', 'waited', 'disconnected'],
    ],
  ])('C09: comes once when the stream breaks %s', async (_, reach, events) => {
    const { app, hub } = await life();
    const peer = await reach(hub, app);
    peer.theirs.destroy(new Error('read ECONNRESET'));
    hub.gate.open();
    await peer.served;
    expect(hub.events).toEqual(events);
    expect(await app.get(HubConnections).count()).toBe(0);
  });

  it('F05: is a matter of the log when onDisconnected throws', async () => {
    const { app, hub, peer } = await living();
    hub.goodbye = () => Promise.reject(new Error('the database is down'));
    peer.say({ type: 7 });
    await peer.served;
    expect(log.takeErrors()).toEqual(['LifeHub: running onDisconnected failed: the database is down']);
    hub.goodbye = () => undefined;
    expect(await (await HubPeer.join(app, LifeHub)).ask('note', 'x')).toMatchObject({ result: 'x' });
  });

  it.each(hostileErrors)('ends nothing else when onDisconnected throws something hostile: %s', async (_, thrown) => {
    const { app, hub, peer } = await living();
    hub.goodbye = () => Promise.reject(thrown);
    await peer.hangUp();
    hub.goodbye = () => undefined;
    expect(await (await HubPeer.join(app, LifeHub)).ask('note', 'x')).toMatchObject({ result: 'x' });
    log.takeErrors();
  });

  it('leaves nobody behind: not in counts, not in groups, and others are still reached from onDisconnected', async () => {
    const seen: unknown[] = [];
    @Hub('/leave')
    class LeaveHub implements OnConnected, OnDisconnected {
      onConnected(caller: HubCallerContext) {
        return caller.groups.add('room');
      }

      async onDisconnected(@Clients() clients: HubCallerClients, caller: HubCallerContext) {
        seen.push(caller.groups.has('room'), caller.groups.has('other'));
        await caller.groups.add('too late');
        await clients.caller.send('never');
        await clients.group('room').send('left', caller.connectionId);
      }
    }
    const app = await appOf([LeaveHub]);
    const [leaving, staying] = [await createTestClient(app, LeaveHub), await createTestClient(app, LeaveHub)];
    await leaving.close();
    const [id] = await staying.next('left');
    const connections = app.get(HubConnections);
    expect(seen).toEqual([true, false]);
    expect(await connections.has(String(id))).toBe(false);
    expect(await connections.count({ group: 'room' })).toBe(1);
    expect(await connections.count({ group: 'too late' })).toBe(0);
  });
});

describe('calls at the end of a connection', () => {
  it('are done before onDisconnected runs, when they run already', async () => {
    const { hub, peer } = await living();
    peer.say(invocation('1', 'wait'));
    await hub.gate.reached;
    const ended = peer.hangUp();
    hub.gate.open();
    await ended;
    expect(hub.events).toEqual(['connected', 'waited', 'disconnected']);
  });

  it('are carried out and answered before the goodbye of a client that says goodbye', async () => {
    const { hub, peer } = await living();
    peer.say(
      invocation('1', 'wait'),
      invocation('2', 'note', 'a'),
      invocation('3', 'note', 'b'),
      { type: 7 },
      invocation('4', 'note', 'c'),
    );
    await hub.gate.reached;
    hub.gate.open();
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([
      {},
      { type: 3, invocationId: '1', result: 'waited' },
      { type: 3, invocationId: '2', result: 'a' },
      { type: 3, invocationId: '3', result: 'b' },
      { type: 7 },
    ]);
    expect(hub.events).toEqual(['connected', 'waited', 'a', 'b', 'disconnected']);
  });

  it('are carried out when the stream just ends', async () => {
    const { hub, peer } = await living();
    peer.say(invocation('1', 'wait'), invocation('2', 'note', 'a'));
    const ended = peer.hangUp();
    await hub.gate.reached;
    hub.gate.open();
    await ended;
    expect(hub.events).toEqual(['connected', 'waited', 'a', 'disconnected']);
  });

  it('are waited for no longer than disconnectTimeout', async () => {
    const clock = new FakeClock();
    const { hub, peer } = await living({ clock, disconnectTimeout: 3_000 });
    peer.say(invocation('1', 'wait'));
    await hub.gate.reached;
    peer.theirs.destroy();
    await clock.advance(0);
    await clock.advance(2_999);
    expect(hub.events).toEqual(['connected']);
    await clock.advance(1);
    await peer.served;
    expect(hub.events).toEqual(['connected', 'disconnected']);
  });

  it('do not keep a client that said goodbye for longer than disconnectTimeout', async () => {
    const clock = new FakeClock();
    const { hub, peer } = await living({ clock, disconnectTimeout: 3_000 });
    peer.say(invocation('1', 'wait'), { type: 7 });
    await hub.gate.reached;
    await clock.advance(3_000);
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    await clock.advance(3_000);
    await peer.served;
    expect(hub.events).toEqual(['connected', 'disconnected']);
  });
});

describe('onConnected', () => {
  it.each<[string, () => unknown, string, string]>([
    ['an error', () => Promise.reject(new Error('no seat')), FAULT, `${FAULT} Error: no seat`],
    ['a HubException', () => Promise.reject(new HubException('Full.')), `${FAULT} HubException: Full.`, `${FAULT} HubException: Full.`],
    ['null', () => Promise.reject(null), FAULT, `${FAULT} Error: [object Null]`],
    [
      'an error at once',
      () => {
        throw new TypeError('no seat');
      },
      FAULT,
      `${FAULT} TypeError: no seat`,
    ],
  ])('F05, F07: refuses the connection by throwing %s: no way back, and no onDisconnected', async (_, welcome, plain, detailed) => {
    for (const enableDetailedErrors of [false, true]) {
      const { app, hub } = await life({ enableDetailedErrors });
      hub.welcome = welcome;
      const peer = await HubPeer.join(app, LifeHub);
      peer.say(invocation('1', 'note', 'never'));
      await peer.served;
      await peer.ended;
      expect(peer.heard).toEqual([{}, { type: 7, error: enableDetailedErrors ? detailed : plain }]);
      expect(hub.events).toEqual(['connected']);
    }
    log.takeErrors();
  });

  it.each(hostileErrors)('refuses the connection, and ends nothing else, by throwing something hostile: %s', async (_, thrown) => {
    for (const enableDetailedErrors of [false, true]) {
      const { app, hub } = await life({ enableDetailedErrors });
      hub.welcome = () => Promise.reject(thrown);
      const peer = await HubPeer.join(app, LifeHub);
      await peer.ended;
      expect(peer.heard).toMatchObject([{}, { type: 7, error: expect.stringContaining(FAULT) }]);
      hub.welcome = () => undefined;
      expect(await (await HubPeer.join(app, LifeHub)).ask('note', 'x')).toMatchObject({ result: 'x' });
      log.takeErrors();
    }
  });

  it('is a matter of the log when it throws', async () => {
    const { app, hub } = await life();
    hub.welcome = () => Promise.reject(new Error('the database is down'));
    await (
      await HubPeer.join(app, LifeHub)
    ).served;
    expect(log.takeErrors()).toEqual(['LifeHub: running onConnected failed: the database is down']);
  });

  it('is no matter of the log when it throws a HubException', async () => {
    const { app, hub } = await life();
    hub.welcome = () => Promise.reject(new HubException('Full.'));
    await (
      await HubPeer.join(app, LifeHub)
    ).served;
    expect(log.takeErrors()).toEqual([]);
  });

  it('leaves no groups behind when it throws', async () => {
    const { app, hub } = await life();
    let id = '';
    hub.welcome = async (caller) => {
      id = caller.connectionId;
      await caller.groups.add('room');
      expect(await app.get(HubConnections).count({ group: 'room' })).toBe(1);
      throw new HubException('Full.');
    };
    await (
      await HubPeer.join(app, LifeHub)
    ).served;
    const connections = app.get(HubConnections);
    expect([await connections.count(), await connections.count({ group: 'room' }), await connections.has(id)]).toEqual([0, 0, false]);
  });

  it('does not lose the calls that came with it, nor with something after them that cannot be read', async () => {
    const { app, hub } = await life();
    hub.welcome = () => Promise.resolve();
    const peer = HubPeer.open(app, LifeHub);
    peer.write(`${HANDSHAKE}${record(invocation('1', 'note', 'kept'))}no message${SEPARATOR}`);
    await peer.served;
    await peer.ended;
    expect(peer.heard).toMatchObject([{}, { type: 3, invocationId: '1' }, { type: 7, allowReconnect: true }]);
    expect(hub.events).toEqual(['connected', 'kept', 'disconnected']);
  });

  it('may abort: the client hears goodbye, and onDisconnected runs', async () => {
    const { app, hub } = await life();
    hub.welcome = (caller) => caller.abort();
    const peer = await HubPeer.join(app, LifeHub);
    peer.say(invocation('1', 'note', 'never'));
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.events).toEqual(['connected', 'disconnected']);
  });

  it('is done before onDisconnected runs, when the client is gone in between', async () => {
    const { app, hub } = await life();
    hub.welcome = async () => {
      await hub.gate.pass();
      hub.events.push('welcomed');
    };
    const peer = await HubPeer.join(app, LifeHub);
    await hub.gate.reached;
    const ended = peer.hangUp();
    hub.gate.open();
    await ended;
    expect(hub.events).toEqual(['connected', 'welcomed', 'disconnected']);
  });

  it('may send to the client before its first call', async () => {
    @Hub('/greet')
    class GreetHub implements OnConnected {
      async onConnected(caller: HubCallerContext, @Clients() clients?: HubCallerClients) {
        await clients?.caller.send('hello', caller.connectionId);
      }

      @HubMethod()
      who(@Caller() caller: HubCallerContext) {
        return caller.connectionId;
      }
    }
    const client = await createTestClient(await appOf([GreetHub]), GreetHub);
    const [greeted, called] = [await client.next('hello'), await client.invoke('who')];
    expect(greeted).toEqual([called]);
  });
});

describe('bytes that are no message', () => {
  const { invalid } = JSON.parse(readFileSync(new URL('../vectors/json.json', import.meta.url), 'utf8')) as {
    invalid: { input: string; expect: string }[];
  };

  it.each(invalid.map(({ input, expect: detail }) => [input, detail]))('end the connection, and no other: %s', async (input, detail) => {
    const { app, hub, peer } = await living({ enableDetailedErrors: true });
    const other = await HubPeer.join(app, LifeHub);
    peer.write(`${input}\u001e${record(invocation('1', 'note', 'never'))}`);
    await peer.served;
    await peer.ended;
    expect(peer.heard).toEqual([{}, { type: 7, error: `${FAULT} InvalidDataException: ${detail}`, ...BACK }]);
    expect(hub.ends).toMatchObject([{ name: 'InvalidDataException', message: detail }]);
    expect(await other.ask('note', 'x')).toMatchObject({ result: 'x' });
  });

  it.each(['{"type":1', 'no JSON', '', '\u0000', '[[[[', `{"type":1,"target":"note","arguments":[${'['.repeat(10_000)}`])(
    'end the connection without a detail by default: %j',
    async (bytes) => {
      const { hub, peer } = await living();
      peer.write(`${bytes}\u001e`);
      await peer.served;
      await peer.ended;
      expect(peer.heard).toEqual([{}, { type: 7, error: FAULT, ...BACK }]);
      expect(hub.ends).toMatchObject([{ name: 'InvalidDataException' }]);
    },
  );

  it('end the connection when they are no UTF-8', async () => {
    const { hub, peer } = await living();
    peer.write(Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x1e]));
    await peer.served;
    expect(hub.ends).toMatchObject([{ name: 'InvalidDataException' }]);
  });

  it('let the calls before them be answered', async () => {
    const { hub, peer } = await living();
    await peer.hearsNothing();
    peer.write(`${record(invocation('1', 'note', 'a'))}oops\u001e`);
    await peer.ended;
    expect(peer.heard.slice(2)).toEqual([
      { type: 3, invocationId: '1', result: 'a' },
      { type: 7, error: FAULT, ...BACK },
    ]);
    expect(hub.events).toContain('a');
  });

  it('are a fault of the client: the log has no error', async () => {
    const { peer } = await living();
    peer.write('oops\u001e');
    await peer.served;
    expect(log.takeErrors()).toEqual([]);
  });
});

describe('a message at the end of the stream that is not whole', () => {
  const DETAIL = 'Connection terminated while reading a message.';

  it('gives onDisconnected the error', async () => {
    const { hub, peer } = await living();
    peer.write(record(invocation('1', 'note', 'whole')).slice(0, -1));
    await peer.hangUp();
    expect(hub.ends).toMatchObject([{ name: 'InvalidDataException', message: DETAIL }]);
    expect(hub.events).toEqual(['connected', 'disconnected']);
  });

  it('is told to a client that has ended its own side alone', async () => {
    const { peer } = await living({ enableDetailedErrors: true });
    peer.write('{"type":6}');
    await peer.hangUp();
    expect(peer.heard).toEqual([{}, { type: 7, error: `${FAULT} InvalidDataException: ${DETAIL}`, ...BACK }]);
  });

  it('is nothing to a client that has said goodbye', async () => {
    const { hub, peer } = await living();
    peer.write(`${record({ type: 7 })}{"type"`);
    await peer.hangUp();
    expect(hub.ends).toEqual([undefined]);
  });
});

describe('D10: the size of a message', () => {
  /** A call of `note` that is a whole message of so many bytes. */
  const call = (id: string, size: number): string => {
    const empty = record(invocation(id, 'note', ''));
    return record(invocation(id, 'note', 'x'.repeat(size - empty.length)));
  };

  it.each([
    [32_768, undefined],
    [200, { maximumReceiveMessageSize: 200 }],
  ])('may be %d bytes, and no more', async (size, options) => {
    const { hub, peer } = await living({ ...options, enableDetailedErrors: true });
    peer.write(call('1', size));
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: expect.any(String) });
    peer.write(call('2', size + 1));
    await peer.served;
    const detail = `The maximum message size of ${size}B was exceeded. The message size can be configured in AddHubOptions.`;
    expect(peer.heard.at(-1)).toEqual({ type: 7, error: `${FAULT} InvalidDataException: ${detail}`, ...BACK });
    expect(hub.ends).toMatchObject([{ name: 'InvalidDataException', message: detail }]);
  });

  it('is counted over all chunks of the message, before its end has come', async () => {
    const { hub, peer } = await living({ maximumReceiveMessageSize: 200 });
    const bytes = call('1', 1_000);
    for (let i = 0; i < 250; i += 10) peer.write(bytes.slice(i, i + 10));
    await peer.served;
    expect(hub.events).toEqual(['connected', 'disconnected']);
  });

  it('is no matter of many messages in one chunk', async () => {
    const { peer } = await living({ maximumReceiveMessageSize: 200 });
    peer.write(Array.from({ length: 100 }, (_, index) => call(String(index), 190)).join(''));
    for (let i = 0; i < 100; i++) expect(await peer.hear()).toMatchObject({ invocationId: String(i) });
  });

  it('is one too large among many that fit, which are carried out', async () => {
    const { hub, peer } = await living({ maximumReceiveMessageSize: 200 });
    await peer.hearsNothing();
    peer.write(call('1', 190) + call('2', 201) + call('3', 190));
    await peer.served;
    await peer.ended;
    expect(hub.events).toHaveLength(3);
    expect(peer.heard.slice(2)).toMatchObject([{ invocationId: '1' }, { type: 7, error: FAULT }]);
  });

  it('is what the hub says rather than the module', async () => {
    @Hub('/large', { maximumReceiveMessageSize: 1_000 })
    class LargeHub extends LifeHub {}
    const app = await appOf([LargeHub, LifeHub], { maximumReceiveMessageSize: 200 });
    const peer = await HubPeer.join(app, LargeHub);
    peer.write(call('1', 1_000));
    expect(await peer.hear()).toMatchObject({ invocationId: '1' });
    const other = await HubPeer.join(app, LifeHub);
    other.write(call('1', 201));
    await other.served;
    expect(other.heard.at(-1)).toMatchObject({ type: 7 });
  });

  it('has no bound at 0', async () => {
    const { peer } = await living({ maximumReceiveMessageSize: 0 });
    peer.write(call('1', 1_000_000));
    expect(await peer.hear()).toMatchObject({ invocationId: '1' });
  });
});

describe('a client that reads too slowly', () => {
  it('is cut when more waits for it than outbox.maximum, and onDisconnected is told why; others go on', async () => {
    const { app, hub } = await life({ outbox: { maximum: 10_000 } });
    const slow = await HubPeer.join(app, LifeHub);
    const quick = await createTestClient(app, LifeHub);
    slow.stream.pause();
    const [{ connectionId }] = await app.get(HubConnections).list();
    const clients = app.get(HubClients);
    for (let i = 0; i < 100; i++) await clients.client(connectionId).send('news', 'x'.repeat(1_000));
    await slow.served;
    expect(hub.ends).toMatchObject([{ code: 'ERR_SIGNALR_SLOW_CLIENT' }]);
    expect(await quick.invoke('note', 'on')).toBe('on');
    expect(log.of('SignalRHubs', 'warn')).toEqual([
      expect.stringMatching(/^LifeHub: \S+ was closed: The client reads too slowly: more than 10000/),
    ]);
  });
});
