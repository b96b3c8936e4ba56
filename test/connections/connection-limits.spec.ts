import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from 'nestjs-signalr/testing';
import { Events, type EventMap } from '../../lib/common/events.js';
import { ConnectionLimits, type ConnectionBounds, type Newcomer } from '../../lib/connections/connection.limits.js';
import { networkOf } from '../../lib/connections/network.js';

const boundless = { connections: Infinity, connectionsPerUser: Infinity, connectionsPerAddress: Infinity, connectionsPerSecond: Infinity };

function limitsOf(bounds: Partial<ConnectionBounds>, addressOf: (request: IncomingMessage) => string | undefined = () => undefined) {
  const [events, clock, told] = [new Events(), new FakeClock(), [] as EventMap['limited'][]];
  events.on('limited', (event) => told.push(event));
  return { limits: new ConnectionLimits({ ...boundless, ...bounds }, clock, events, addressOf), clock, told };
}

const somebody = (who: Partial<Newcomer> = {}): Newcomer => ({ endpoint: 'ChatHub', userIdentifier: undefined, ...who });
const ada = somebody({ userIdentifier: 'ada', address: '10.0.0.1' });
const bob = somebody({ userIdentifier: 'bob', address: '10.0.0.2' });

describe('the limits on connections', () => {
  it.each<[string, Partial<ConnectionBounds>, number]>([
    ['the server', { connections: 2 }, 503],
    ['a user', { connectionsPerUser: 2 }, 429],
    ['an address', { connectionsPerAddress: 2 }, 429],
  ])('let no more in of %s than their option says, until one has gone', (_, bounds, status) => {
    const { limits } = limitsOf(bounds);
    const [first] = [limits.admit(ada), limits.admit(ada)];
    expect(limits.admit(ada)).toMatchObject({ refused: { status, retryAfter: 10 } });
    first.ticket?.release();
    first.ticket?.release();
    expect(limits.admit(ada).refused).toBeUndefined();
    expect(limits.admit(ada).refused).toBeDefined();
  });

  it('count users and addresses each for itself, and nobody who is unknown', () => {
    const { limits } = limitsOf({ connectionsPerUser: 1, connectionsPerAddress: 1 });
    for (const newcomer of [ada, bob, somebody(), somebody()]) expect(limits.admit(newcomer).refused).toBeUndefined();
    expect(limits.admit(somebody({ userIdentifier: 'ada', address: '10.0.0.3' })).refused).toBeDefined();
    expect(limits.admit(somebody({ userIdentifier: 'eve', address: '10.0.0.1' })).refused).toBeDefined();
  });

  it('let so many come in a second, those alone who are new', async () => {
    const { limits, clock } = limitsOf({ connectionsPerSecond: 2 });
    const come = (...newcomers: Newcomer[]): unknown[] => newcomers.map((newcomer) => limits.expect(newcomer).refused);
    expect(come(ada, bob, ada)).toMatchObject([undefined, undefined, { status: 429, retryAfter: 1 }]);
    expect(limits.turnAway(ada)).toBeUndefined();
    await clock.advance(500);
    expect(come(ada, bob)).toMatchObject([undefined, { status: 429 }]);
  });

  it('count who is expected for its user and its address, and for the server when it comes', () => {
    const { limits } = limitsOf({ connections: 1, connectionsPerUser: 1 });
    const { ticket } = limits.expect(ada);
    expect(limits.expect(ada).refused).toMatchObject({ status: 429 });
    expect(limits.turnAway(ada)).toBeUndefined();
    ticket?.enter();
    expect(limits.turnAway(bob)).toMatchObject({ status: 503 });
    ticket?.release();
    expect(limits.admit(ada).refused).toBeUndefined();
  });

  it('count who becomes another user for that one, unless there are too many of it', () => {
    const { limits } = limitsOf({ connectionsPerUser: 1 });
    const [nobody, other] = [limits.admit(somebody()).ticket, limits.admit(somebody()).ticket];
    expect([nobody?.become('ada'), nobody?.become('ada'), other?.become('ada')]).toEqual([true, true, false]);
    expect(limits.admit(ada).refused).toBeDefined();
    nobody?.release();
    expect([nobody?.become('bob'), limits.admit(ada).refused, limits.admit(bob).refused]).toEqual([true, undefined, undefined]);
  });

  it('hold no ticket where nothing is counted', () => {
    expect(limitsOf({}).limits.admit(ada)).toEqual({ ticket: undefined });
  });

  it('do not look for an address that does not count', () => {
    const { limits } = limitsOf({ connections: 1 }, () => {
      throw new TypeError('was asked');
    });
    expect(limits.admit(somebody({ request: {} as IncomingMessage })).refused).toBeUndefined();
  });

  it('tell what they refuse, and to whom', () => {
    const { limits, told } = limitsOf({ connectionsPerUser: 1, connectionsPerSecond: 1 });
    for (let i = 0; i < 2; i++) limits.admit(ada);
    limits.admit(bob);
    expect(told).toEqual([
      { endpoint: 'ChatHub', limit: 'connectionsPerUser', value: 1, address: '10.0.0.1', userIdentifier: 'ada' },
      { endpoint: 'ChatHub', limit: 'connectionsPerSecond', value: 1, address: '10.0.0.2', userIdentifier: 'bob' },
    ]);
  });
});

describe('the network of an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['64:ff9b::10.0.0.1', '64:ff9b:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['no address', 'no address'],
  ])('of %s is %s', (address, network) => expect(networkOf(address)).toBe(network));
});
