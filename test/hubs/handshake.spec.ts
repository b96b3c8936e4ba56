import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, HubConnections, type HubCallerContext, type OnConnected } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import { appOf, log } from '../support/app-of.js';
import { Gate } from '../support/hub-gate.js';
import { HANDSHAKE, HubPeer, invocation, record, SEPARATOR } from '../support/hub-peer.js';

@Hub('/echo')
class EchoHub {
  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}

/** Lets nobody in before the gate is open. */
@Hub('/door')
class DoorHub implements OnConnected {
  readonly gate = new Gate();
  readonly calls: unknown[] = [];

  onConnected() {
    return this.gate.pass();
  }

  @HubMethod()
  note(value: unknown) {
    this.calls.push(value);
    return this.calls.length;
  }
}

const request = (protocol: string, version: unknown = 1): string => record({ protocol, version });
const NOT_UNDERSTOOD = 'An unexpected error occurred during connection handshake.';

/** Everything that a server says to a client that begins with these bytes, once the connection has ended. */
async function answersTo(bytes: string, options?: Parameters<typeof appOf>[1]): Promise<unknown[]> {
  const peer = HubPeer.open(await appOf([EchoHub], options), EchoHub);
  peer.write(bytes);
  await peer.ended;
  return peer.heard;
}

describe('a handshake', () => {
  it('is answered with an empty object, and nothing else is said', async () => {
    const peer = await HubPeer.join(await appOf([EchoHub]), EchoHub);
    expect(await peer.hearsNothing()).toBe(true);
    expect(peer.heard[0]).toEqual({});
  });

  it.each([
    ['the name in upper case', request('JSON')],
    ['version 0', request('json', 0)],
    ['a negative version', request('json', -7)],
    ['version 2', request('json', 2)],
    ['a property that nobody knows', record({ unknown: [1], protocol: 'json', version: 1 })],
    ['the protocol twice: the last one counts', `{"protocol":"other","protocol":"json","version":1}${SEPARATOR}`],
    ['escapes in names and values', `{"\\u0070rotoco\\u006c":"\\u006ason","version":1}${SEPARATOR}`],
    ['garbage behind the object', `{"protocol":"json","version":1}garbage{${SEPARATOR}`],
  ])('succeeds with %s', async (_, bytes) => {
    const peer = HubPeer.open(await appOf([EchoHub]), EchoHub);
    peer.write(bytes);
    expect(await peer.hear()).toEqual({});
    expect(await peer.ask('echo', 'on')).toMatchObject({ result: 'on' });
  });

  it('B06: may come in one chunk with the first calls', async () => {
    const peer = HubPeer.open(await appOf([EchoHub]), EchoHub);
    peer.write(HANDSHAKE + record(invocation('1', 'echo', 'a')) + record(invocation('2', 'echo', 'b')));
    expect(await peer.hear()).toEqual({});
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'a' });
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '2', result: 'b' });
  });

  it('B06: may come in 20 chunks, the first call in the last of them', async () => {
    const peer = HubPeer.open(await appOf([EchoHub]), EchoHub);
    const bytes = Buffer.from(HANDSHAKE + record(invocation('1', 'echo', 'é')));
    for (let i = 0; i < 19; i++) peer.write(bytes.subarray(i, i + 1));
    peer.write(bytes.subarray(19));
    expect(await peer.hear()).toEqual({});
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 'é' });
  });

  it('may be as large as a message, and not a byte larger', async () => {
    const app = await appOf([EchoHub], { maximumReceiveMessageSize: HANDSHAKE.length });
    const fitting = HubPeer.open(app, EchoHub);
    fitting.write(HANDSHAKE);
    expect(await fitting.hear()).toEqual({});
    const larger = HubPeer.open(app, EchoHub);
    larger.write(` ${HANDSHAKE}`);
    expect(await larger.hear()).toEqual({ error: 'Handshake was canceled.' });
  });
});

describe('a handshake that fails', () => {
  it.each(['msgpack', 'unknown', '', '__proto__', 'constructor', 'toString', 'then', 'json '])(
    "B04, B05: names the protocol that is not spoken: '%s'",
    async (name) => {
      expect(await answersTo(request(name))).toEqual([{ error: `The protocol '${name}' is not supported.` }]);
    },
  );

  it('names a protocol of 30 000 characters in full', async () => {
    const name = 'x'.repeat(30_000);
    expect(await answersTo(request(name))).toEqual([{ error: `The protocol '${name}' is not supported.` }]);
  });

  it.each([3, 9_001, 2_147_483_647])('B04: names the version that is too high: %d', async (version) => {
    expect(await answersTo(request('JSON', version))).toEqual([
      { error: `The server does not support version ${version} of the 'JSON' protocol.` },
    ]);
  });

  const { invalid } = JSON.parse(readFileSync(new URL('../vectors/handshake.json', import.meta.url), 'utf8')) as {
    invalid: { input: string; expect: string }[];
  };

  it.each([...invalid.map(({ input }) => input), `no JSON${SEPARATOR}`, SEPARATOR, `{"protocol":"json","version":1.5}${SEPARATOR}`])(
    'B04: tells nothing of what was wrong with %j',
    async (bytes) => {
      expect(await answersTo(bytes)).toEqual([{ error: NOT_UNDERSTOOD }]);
    },
  );

  it.each(invalid.map(({ input, expect: detail }) => [input, detail]))(
    'tells with enableDetailedErrors what was wrong with %j',
    async (bytes, detail) => {
      expect(await answersTo(bytes, { enableDetailedErrors: true })).toEqual([
        { error: `${NOT_UNDERSTOOD} InvalidDataException: ${detail}` },
      ]);
    },
  );

  it('B03: is over when it grows larger than a message may be, however much of it is still to come', async () => {
    const peer = HubPeer.open(await appOf([EchoHub], { maximumReceiveMessageSize: 100 }), EchoHub);
    for (let i = 0; i < 10; i++) peer.write('{"protocol"');
    await peer.ended;
    expect(peer.heard).toEqual([{ error: 'Handshake was canceled.' }]);
  });

  it('B01: is over after 15 seconds', async () => {
    const clock = new FakeClock();
    const peer = HubPeer.open(await appOf([EchoHub], { clock }), EchoHub);
    await clock.advance(14_999);
    expect(peer.heard).toEqual([]);
    await clock.advance(1);
    await peer.ended;
    expect(peer.heard).toEqual([{ error: 'Handshake was canceled.' }]);
  });

  it('B02: is over after 15 seconds for a client that sends a byte of it every second', async () => {
    const clock = new FakeClock();
    const peer = HubPeer.open(await appOf([EchoHub], { clock }), EchoHub);
    for (const byte of HANDSHAKE.slice(0, 15)) {
      peer.write(byte);
      expect(peer.heard).toEqual([]);
      await clock.advance(1_000);
    }
    await peer.ended;
    expect(peer.heard).toEqual([{ error: 'Handshake was canceled.' }]);
  });

  it('is over after handshakeTimeout, the hub winning over the module', async () => {
    @Hub('/hasty', { handshakeTimeout: 2_000 })
    class HastyHub {}
    const clock = new FakeClock();
    const app = await appOf([EchoHub, HastyHub], { clock, handshakeTimeout: 5_000 });
    const [hasty, patient] = [HubPeer.open(app, HastyHub), HubPeer.open(app, EchoHub)];
    await clock.advance(2_000);
    await hasty.ended;
    expect(patient.heard).toEqual([]);
    await clock.advance(3_000);
    await patient.ended;
    expect(patient.heard).toEqual([{ error: 'Handshake was canceled.' }]);
  });

  it('B01: does not wait any longer once it has succeeded', async () => {
    const clock = new FakeClock();
    const peer = await HubPeer.join(await appOf([EchoHub], { clock, keepAliveInterval: 60_000 }), EchoHub);
    await clock.advance(16_000);
    expect(await peer.hearsNothing()).toBe(true);
  });

  it('gets no answer when the client is gone before it was whole', async () => {
    const app = await appOf([EchoHub]);
    const peer = HubPeer.open(app, EchoHub);
    peer.write(HANDSHAKE.slice(0, -1));
    await peer.hangUp();
    await peer.ended;
    expect(peer.heard).toEqual([]);
  });

  it('B07: never reaches the hub: nobody is connected, and no hook runs', async () => {
    const app = await appOf([DoorHub]);
    const peer = HubPeer.open(app, DoorHub);
    peer.write(request('unknown') + HANDSHAKE + record(invocation('1', 'note', 1)));
    await peer.served;
    expect(peer.heard).toEqual([{ error: "The protocol 'unknown' is not supported." }]);
    expect(await app.get(HubConnections).count()).toBe(0);
    app.get(DoorHub).gate.open();
    expect(app.get(DoorHub).calls).toEqual([]);
  });

  it('B04: leaves the next client alone', async () => {
    const app = await appOf([EchoHub]);
    const peer = HubPeer.open(app, EchoHub);
    peer.write(`[${SEPARATOR}`);
    await peer.ended;
    const next = await HubPeer.join(app, EchoHub);
    expect(await next.ask('echo', 1)).toMatchObject({ result: 1 });
  });

  it('is one where the user identifier cannot be found out; the log says why', async () => {
    const userIdProvider = (): never => {
      throw new Error('No claims.');
    };
    expect(await answersTo(HANDSHAKE, { userIdProvider })).toEqual([{ error: NOT_UNDERSTOOD }]);
    expect(log.takeErrors()).toEqual([expect.stringContaining('No claims.')]);
  });
});

describe('a client that has shaken hands', () => {
  it('B09: ends its connection with a second handshake', async () => {
    const peer = await HubPeer.join(await appOf([EchoHub], { enableDetailedErrors: true }), EchoHub);
    peer.write(HANDSHAKE);
    await peer.ended;
    expect(peer.heard).toEqual([
      {},
      { type: 7, error: "Connection closed with an error. InvalidDataException: Missing required property 'type'.", allowReconnect: true },
    ]);
  });

  it('B07: is answered before onConnected is done; its calls wait until then, and keep their order', async () => {
    const app = await appOf([DoorHub]);
    const hub = app.get(DoorHub);
    const peer = await HubPeer.join(app, DoorHub);
    peer.say(invocation('1', 'note', 'a'), invocation('2', 'note', 'b'));
    await hub.gate.reached;
    expect(hub.calls).toEqual([]);
    hub.gate.open();
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '1', result: 1 });
    expect(await peer.hear()).toEqual({ type: 3, invocationId: '2', result: 2 });
    expect(hub.calls).toEqual(['a', 'b']);
  });

  it('may say ping and goodbye while onConnected runs', async () => {
    const app = await appOf([DoorHub]);
    const hub = app.get(DoorHub);
    const peer = await HubPeer.join(app, DoorHub);
    await hub.gate.reached;
    peer.say({ type: 6 }, { type: 1, target: 'note', arguments: ['last'] }, { type: 7 });
    hub.gate.open();
    await peer.served;
    expect(peer.heard).toEqual([{}, { type: 7 }]);
    expect(hub.calls).toEqual(['last']);
  });

  it('speaks the protocol that it asked for', async () => {
    let spoken: string | undefined;
    @Hub('/who')
    class WhoHub implements OnConnected {
      onConnected(caller: HubCallerContext) {
        spoken = caller.protocol;
      }
    }
    await HubPeer.join(await appOf([WhoHub]), WhoHub);
    expect(spoken).toBe('json');
  });
});
