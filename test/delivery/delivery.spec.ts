import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectionName, EVERYONE, groupName, userName, type Address } from '../../lib/delivery/address.js';
import { inProcessBackplane, type Backplane } from '../../lib/delivery/backplane.js';
import { Delivery } from '../../lib/delivery/delivery.js';
import { PreparedMessage } from '../../lib/delivery/prepared-message.js';
import { thrownBy } from '../protocol/wire.js';
import { FailingEncoding, FakeMember, MarkingEncoding } from '../support/fake-member.js';

const red = groupName('red');
const blue = groupName('blue');

describe('a delivery', () => {
  let log: string[];
  let published: [Address, string][];
  let taken: Promise<void> | undefined;
  let delivery: Delivery<string, FakeMember>;
  let ada: FakeMember;
  let bob: FakeMember;
  let eve: FakeMember;
  const json = new MarkingEncoding('json');

  beforeEach(() => {
    log = [];
    published = [];
    taken = undefined;
    json.written = [];
    const backplane: Backplane<string> = {
      publish: (address, message) => {
        published.push([address, message]);
        return taken;
      },
      subscribe: (name) => void log.push(`subscribe ${name}`),
      unsubscribe: (name) => void log.push(`unsubscribe ${name}`),
    };
    delivery = new Delivery(backplane, {
      occupied: (name) => void log.push(`occupied ${name}`),
      vacant: (name) => void log.push(`vacant ${name}`),
    });
    [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => new FakeMember(`id of ${name}`, name, json));
    for (const member of [ada, bob, eve]) delivery.membership.enter(member);
    for (const member of [ada, bob]) delivery.membership.join(member, red);
    for (const member of [bob, eve]) delivery.membership.join(member, blue);
  });

  const send = (address: Address, message = 'hello'): Promise<void> => delivery.send(address, message);
  /** Who has heard how much. */
  const heard = (): Record<string, number> =>
    Object.fromEntries([ada, bob, eve].map(({ userIdentifier, payloads }) => [userIdentifier, payloads.length]));

  it.each<[string, Address, Record<string, number>]>([
    ['everybody', { names: [EVERYONE] }, { ada: 1, bob: 1, eve: 1 }],
    ['a group', { names: [red] }, { ada: 1, bob: 1, eve: 0 }],
    ['a user', { names: [userName('eve')] }, { ada: 0, bob: 0, eve: 1 }],
    ['a connection', { names: [connectionName('id of bob')] }, { ada: 0, bob: 1, eve: 0 }],
    ['two groups, once each', { names: [red, blue] }, { ada: 1, bob: 1, eve: 1 }],
    ['a group and one of its members', { names: [red, connectionName('id of ada')] }, { ada: 1, bob: 1, eve: 0 }],
    ['the same name twice', { names: [red, red] }, { ada: 1, bob: 1, eve: 0 }],
    ['everybody, and a group besides', { names: [EVERYONE, red] }, { ada: 1, bob: 1, eve: 1 }],
    ['everybody but one', { names: [EVERYONE], except: new Set(['id of bob']) }, { ada: 1, bob: 0, eve: 1 }],
    ['groups without some', { names: [red, blue], except: new Set(['id of bob', 'id of eve']) }, { ada: 1, bob: 0, eve: 0 }],
    ['everybody but nobody', { names: [EVERYONE], except: new Set() }, { ada: 1, bob: 1, eve: 1 }],
    ['everybody but somebody who is not there', { names: [EVERYONE], except: new Set(['ada', '*']) }, { ada: 1, bob: 1, eve: 1 }],
    ['a group in which nobody is', { names: [groupName('green')] }, { ada: 0, bob: 0, eve: 0 }],
    ['no name at all', { names: [] }, { ada: 0, bob: 0, eve: 0 }],
  ])('reaches %s', async (_, address, expected) => {
    await send(address);
    expect(heard()).toEqual(expected);
  });

  it('has given the message to everybody here when it returns', () => {
    void send({ names: [EVERYONE] });
    expect(ada.heard).toEqual(['json(hello)']);
  });

  it('gives all members that speak alike the same bytes, encoded once', async () => {
    const messagePack = new MarkingEncoding('messagepack');
    eve.encoding = messagePack;
    await send({ names: [EVERYONE] });
    expect(ada.payloads[0]).toBe(bob.payloads[0]);
    expect(eve.heard).toEqual(['messagepack(hello)']);
    expect([json.written, messagePack.written]).toEqual([['hello'], ['hello']]);
  });

  it('encodes nothing for nobody', async () => {
    await send({ names: [groupName('green')] });
    await send({ names: [red], except: new Set(['id of ada', 'id of bob']) });
    expect(json.written).toEqual([]);
  });

  it('reads what a member speaks at each delivery', async () => {
    await send({ names: [userName('ada')] });
    ada.encoding = new MarkingEncoding('other');
    await send({ names: [userName('ada')] });
    expect(ada.heard).toEqual(['json(hello)', 'other(hello)']);
  });

  describe('while the message goes out', () => {
    it('passes over a member that is gone by its turn, and reaches the rest', async () => {
      ada.whenGiven = () => delivery.membership.exit(bob);
      await send({ names: [EVERYONE] });
      expect(heard()).toEqual({ ada: 1, bob: 0, eve: 1 });
    });

    it.each([{ names: [EVERYONE] }, { names: [red] }, { names: [red, blue] }])('lets a member go in its own turn: %j', async (address) => {
      bob.whenGiven = () => delivery.membership.exit(bob);
      await send(address);
      await send(address);
      expect(bob.payloads).toHaveLength(1);
      expect(ada.payloads).toHaveLength(2);
    });

    it('lets the last member of a group go in its own turn', async () => {
      const single = groupName('single');
      delivery.membership.join(ada, single);
      ada.whenGiven = () => delivery.membership.leave(ada, single);
      await send({ names: [single] });
      await send({ names: [single] });
      expect(ada.payloads).toHaveLength(1);
    });

    it('lets a member send another message, which does not disturb this one', async () => {
      ada.whenGiven = ({ data }) => {
        if (data === 'json(hello)') void send({ names: [red] }, 'inner');
      };
      await send({ names: [red] });
      expect(ada.heard).toEqual(['json(hello)', 'json(inner)']);
      expect(bob.heard.sort()).toEqual(['json(hello)', 'json(inner)']);
    });
  });

  describe('of what cannot be encoded', () => {
    it('fails to the sender at once, and is not published', () => {
      ada.encoding = new FailingEncoding();
      expect(thrownBy(() => void send({ names: [EVERYONE] }))).toBeInstanceOf(TypeError);
      expect(published).toEqual([]);
    });

    it('succeeds where nobody speaks that encoding', async () => {
      eve.encoding = new FailingEncoding();
      await send({ names: [red] });
      expect(heard()).toEqual({ ada: 1, bob: 1, eve: 0 });
    });
  });

  describe('with a backplane', () => {
    it('publishes every message with its address, after the members here have it', async () => {
      const address = { names: [red, blue], except: new Set(['id of bob']) };
      await send(address);
      expect(published).toEqual([[address, 'hello']]);
      expect(published[0][0]).toBe(address);
    });

    it('publishes also what concerns nobody here', async () => {
      await send({ names: [groupName('elsewhere')] });
      expect(published).toHaveLength(1);
    });

    it('settles when the backplane has taken the message', async () => {
      let take = (): void => undefined;
      taken = new Promise((resolve) => (take = resolve));
      const settled = jest.fn();
      const sending = send({ names: [red] }).then(settled);
      await Promise.resolve();
      expect(settled).not.toHaveBeenCalled();
      expect(ada.payloads).toHaveLength(1);
      take();
      await sending;
      expect(settled).toHaveBeenCalledTimes(1);
    });

    it('rejects when the backplane does not take it; the members here have it', async () => {
      taken = Promise.reject(new Error('The backplane is away.'));
      await expect(send({ names: [red] })).rejects.toThrow('The backplane is away.');
      expect(heard()).toEqual({ ada: 1, bob: 1, eve: 0 });
    });

    it('does not publish again what came from another node', () => {
      delivery.deliverHere({ names: [red], except: new Set(['id of ada']) }, new PreparedMessage('from afar'));
      expect(bob.heard).toEqual(['json(from afar)']);
      expect(ada.heard).toEqual([]);
      expect(published).toEqual([]);
    });

    it('subscribes with the first member of a name and unsubscribes with the last, before others are told', () => {
      log.length = 0;
      const green = groupName('green');
      for (const member of [ada, bob]) delivery.membership.join(member, green);
      for (const member of [ada, bob]) delivery.membership.leave(member, green);
      expect(log).toEqual([`subscribe ${green}`, `occupied ${green}`, `unsubscribe ${green}`, `vacant ${green}`]);
    });
  });

  it('needs no backplane where there is only one node', async () => {
    const alone = new Delivery<string, FakeMember>(inProcessBackplane, { occupied: () => undefined, vacant: () => undefined });
    alone.membership.enter(ada);
    await expect(alone.send({ names: [EVERYONE] }, 'hello')).resolves.toBeUndefined();
    expect(ada.heard).toEqual(['json(hello)']);
    alone.membership.exit(ada);
  });
});
