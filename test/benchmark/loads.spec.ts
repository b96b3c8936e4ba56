import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { dialects, echo, fanOut, type Counts, type Load } from './harness.js';
import { honestly, swapping, toTheFirst, type Mischief } from './mischief.js';
import { cutAll, listen, notice } from './mischievous-server.js';

interface Call {
  target: string;
  invocationId?: string;
  arguments: string[];
}

/** A server of the methods that are measured, in JSON. */
function serve(mischief: Mischief): Promise<number> {
  const peers: WebSocket[] = [];
  const groups = new Map<string, number[]>();
  const send = (peer: number, message: object): void => {
    for (const each of mischief(`${JSON.stringify(message)}\u001e`, peer)) peers[peer].send(each);
  };
  const sendAll = (to: Iterable<number>, text: string): void => {
    for (const peer of to) send(peer, { type: 1, target: 'Message', arguments: [text] });
  };
  const methods: Record<string, (peer: number, call: Call) => void> = {
    Echo: (peer, { invocationId, arguments: [text] }) => send(peer, { type: 3, invocationId, result: text }),
    Broadcast: (_, { arguments: [text] }) => sendAll(peers.keys(), text),
    JoinGroup(peer, { invocationId, arguments: [name] }) {
      groups.set(name, [...(groups.get(name) ?? []), peer]);
      peers[peer].send(`{"type":3,"invocationId":"${invocationId}","result":null}\u001e`);
    },
    SendGroup: (_, { arguments: [name, text] }) => sendAll(groups.get(name) ?? [], text),
  };
  return listen((socket) => {
    const peer = peers.push(socket) - 1;
    socket.once('message', () => {
      socket.send('{}\u001e');
      socket.on('message', (data: Buffer) => {
        const call = JSON.parse(data.toString().slice(0, -1)) as Call;
        methods[call.target](peer, call);
      });
    });
  });
}

/** Puts a short load on a server that does this mischief, and says what was noticed. */
async function noticed(load: Load, scenario: { connections: number; groups?: number }, mischief: Mischief): Promise<Counts> {
  const port = await serve(mischief);
  return notice(load, { port, dialect: dialects.json, scenario: { outstanding: 2, ...scenario } });
}

const none = { wrong: 0, missing: 0, doubled: 0, outOfOrder: 0 };

describe.each([
  { name: 'calls', load: echo, scenario: { connections: 2 } },
  { name: 'broadcasts', load: fanOut, scenario: { connections: 3 } },
  { name: 'messages to groups', load: fanOut, scenario: { connections: 4, groups: 2 } },
])('a load of $name', ({ load, scenario }) => {
  it('has nothing to say against a server that does what it should', async () => {
    expect(await noticed(load, scenario, honestly)).toMatchObject({ total: 0 });
  });

  it('notices that something else was said', async () => {
    const lie = toTheFirst((message) => [message.replace('What', 'That')]);
    expect(await noticed(load, scenario, lie)).toMatchObject({ ...none, wrong: 1, missing: 1 });
  });

  it('notices what did not come', async () => {
    const silence = toTheFirst(() => []);
    expect(await noticed(load, scenario, silence)).toMatchObject({ ...none, missing: 1 });
  });

  it('notices what came twice, in one frame or in two', async () => {
    const frames = toTheFirst((message) => [message, message]);
    expect(await noticed(load, scenario, frames)).toMatchObject({ ...none, doubled: 1 });
    const frame = toTheFirst((message) => [message + message]);
    expect(await noticed(load, scenario, frame)).toMatchObject({ ...none, doubled: 1 });
  });

  it('notices that two came in the wrong order', async () => {
    expect(await noticed(load, scenario, swapping())).toMatchObject({ ...none, outOfOrder: 1 });
  });

  it('notices that a connection was cut', async () => {
    const cut = toTheFirst(() => {
      cutAll();
      return [];
    });
    const { samples } = await noticed(load, scenario, cut);
    expect(samples[0]).toMatch(/^wrong: .*(cut|ECONNRESET)/);
  });
});
