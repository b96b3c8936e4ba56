import { beforeEach, describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { resolveOptions } from '../../lib/common/options.js';
import { Payload } from '../../lib/common/payload.js';
import { PLACE } from '../../lib/common/queue.js';
import type { WhenSlow } from '../../lib/common/slowness.js';
import type { Connection } from '../../lib/connections/connection.js';
import { connectionOptions } from '../../lib/connections/connection.options.js';
import { ConnectionStore } from '../../lib/connections/connection.store.js';
import type { Loss } from '../../lib/connections/held-back.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { turns } from '../support/changes.js';
import { FakeTransport } from '../support/fake-transport.js';
import { RecordingEndpoint } from '../support/recording-endpoint.js';

const HIGH = 100;
/** Beside what the transport has, there is room for four messages of ten bytes. */
const MAXIMUM = HIGH + 1 + 4 * (10 + PLACE);

class LossyEndpoint extends RecordingEndpoint {
  readonly losses: Loss[] = [];

  dropped(_connection: Connection, loss: Loss): void {
    this.losses.push(loss);
  }
}

describe('a connection whose peer reads slowly', () => {
  let transport: FakeTransport;
  let endpoint: LossyEndpoint;
  let connection: Connection;

  function open(whenSlow: WhenSlow = 'drop-oldest', documents = false, maximum = MAXIMUM): void {
    transport = new FakeTransport();
    endpoint = new LossyEndpoint();
    if (documents) Object.assign(endpoint, { speaksDocuments: true });
    const outbox = { highWaterMark: HIGH, maximum, whenSlow };
    const options = resolveOptions(connectionOptions, { from: 'the test', options: { outbox } });
    connection = new ConnectionStore(new FakeClock(), 15_000, 10).open(endpoint, transport, options, {});
  }

  beforeEach(() => open());

  const ten = (text: string): string => text.padEnd(10, '.');
  const offer = (...texts: string[]): void => {
    for (const text of texts) connection.output.offer(new Payload(ten(text), { key: text[0] }));
  };
  /** What has reached the transport since the last time. */
  const told = async (): Promise<string[]> => {
    await turns(3);
    const written = transport.log.splice(0).filter((line) => line.startsWith('write'));
    return written.flatMap((line) => line.replace(/^write (shared )?/, '').match(/\w+/g) ?? []);
  };
  const congest = (): void => void (transport.bufferedAmount = HIGH + 1);
  const drain = (): void => {
    transport.bufferedAmount = 0;
    transport.drain();
  };

  it('hands on at once what the peer takes', async () => {
    offer('a', 'b');
    connection.send(ten('1'));
    expect(await told()).toEqual(['a', 'b', '1']);
  });

  it('gives the transport nothing that may be dropped while that has too much, and then all of it in its order', async () => {
    congest();
    offer('a', 'b');
    connection.send(ten('1'));
    offer('c');
    expect(await told()).toEqual([]);
    drain();
    expect(await told()).toEqual(['a', 'b', '1', 'c']);
    offer('d');
    expect(await told()).toEqual(['d']);
  });

  it('gives it no more at a time than its mark', async () => {
    open('drop-oldest', false, 1_000);
    congest();
    for (let index = 0; index < 4; index++) connection.output.offer(new Payload('x'.repeat(60)));
    connection.send(ten('1'));
    drain();
    transport.write = (data) => void (transport.bufferedAmount += data.length);
    await turns(3);
    expect(transport.bufferedAmount).toBe(120);
    drain();
    await turns(3);
    expect(transport.bufferedAmount).toBe(120);
    drain();
    await turns(3);
    expect(transport.bufferedAmount).toBe(10);
  });

  it.each<[WhenSlow, string[]]>([
    ['drop-newest', ['a1', 'b1', 'a2', 'c1']],
    ['drop-oldest', ['a2', 'c1', 'a3', 'd1']],
    ['coalesce', ['a3', 'b1', 'c1', 'd1']],
  ])('I02 gets what %s leaves of the messages, and each loss is told once', async (policy, left) => {
    open(policy);
    congest();
    offer('a1', 'b1', 'a2', 'c1', 'a3', 'd1');
    connection.tick(1_000);
    connection.tick(2_000);
    drain();
    expect(await told()).toEqual(left);
    connection.tick(3_000);
    expect(endpoint.losses).toEqual([{ policy, count: 2, bytes: 20 }]);
    expect(connection.closeReason).toBeUndefined();
  });

  it('I02 is closed by the policy of one message, though others are dropped', async () => {
    congest();
    offer('a');
    const loud = (): void => connection.output.offer(new Payload(ten('!'), { whenSlow: 'close', key: '!' }));
    for (let index = 0; index < 4; index++) loud();
    expect(connection.closeReason).toBeUndefined();
    loud();
    expect(connection.closeReason).toMatchObject({ error: { code: 'ERR_SIGNALR_SLOW_CLIENT' } });
    expect(endpoint.losses).toEqual([{ policy: 'drop-oldest', count: 1, bytes: 10 }]);
  });

  it('I02 loses by the policy of one message, though others would close it', async () => {
    open('close');
    congest();
    for (const text of ['a', 'b', 'c', 'd', 'e']) connection.output.offer(new Payload(ten(text), { whenSlow: 'drop-newest', key: text }));
    connection.output.offer(new Payload(ten('f')));
    drain();
    expect(await told()).toEqual(['b', 'c', 'd', 'f']);
    expect(connection.closeReason).toBeUndefined();
  });

  it('I02 gets every answer, and what waits, before the goodbye', async () => {
    congest();
    offer('a', 'b', 'c', 'd');
    connection.send(ten('1'));
    endpoint.handlers[0].words = 'bye';
    connection.close(closeReason('shutdown'));
    expect(await told()).toEqual(['b', 'c', 'd', '1', 'bye']);
    expect(endpoint.losses).toEqual([{ policy: 'drop-oldest', count: 1, bytes: 10 }]);
  });

  it('I02 gives each document for itself', async () => {
    open('coalesce', true);
    congest();
    offer('a1', 'b1', 'a2');
    drain();
    await turns(3);
    expect(transport.log.slice(-2)).toEqual([`write shared ${ten('a2')}`, `write shared ${ten('b1')}`]);
  });

  it('drops one that alone is too large for it, and goes on', async () => {
    transport.bufferedAmount = 1;
    connection.output.offer(new Payload('x'.repeat(MAXIMUM)));
    offer('a');
    expect(await told()).toEqual(['a']);
    connection.tick(1_000);
    expect(endpoint.losses).toEqual([{ policy: 'drop-oldest', count: 1, bytes: MAXIMUM }]);
  });

  it('has streams wait as long as anything is held back', async () => {
    congest();
    offer('a');
    transport.bufferedAmount = 0;
    const room = connection.room();
    expect(room).toBeInstanceOf(Promise);
    await room;
    await turns(1);
    expect(connection.room()).toBeUndefined();
  });

  it('counts what it is to be told, and what of that is taken or lost', async () => {
    congest();
    offer('a', 'b', 'c', 'd', 'e');
    expect([connection.said, connection.said - connection.taken]).toEqual([50, HIGH + 1 + 40]);
    drain();
    await told();
    expect([connection.said, connection.taken]).toEqual([50, 50]);
  });

  it('is told nothing more after its end', async () => {
    congest();
    offer('a');
    connection.close(closeReason('failed', { peerCanHear: false }));
    drain();
    offer('b');
    expect(await told()).toEqual([]);
  });

  it('loses nothing that has a number already, where it may come back', async () => {
    const replay = connection.keepForReplay({ bufferSize: 1_000, maximumMessages: 3 });
    replay.open();
    offer('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
    expect(await told()).toEqual(['a', 'b', 'c']);
    replay.acknowledge(3);
    expect(await told()).toEqual(['e', 'f', 'g']);
    replay.acknowledge(6);
    expect(await told()).toEqual(['h', 'i']);
    connection.tick(1_000);
    expect(endpoint.losses).toEqual([{ policy: 'drop-oldest', count: 1, bytes: 10 }]);
  });
});
