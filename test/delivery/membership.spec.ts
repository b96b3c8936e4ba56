import { beforeEach, describe, expect, it } from '@jest/globals';
import { connectionName, EVERYONE, groupName, userName, type Name } from '../../lib/delivery/address.js';
import { Membership } from '../../lib/delivery/membership.js';
import { FakeMember } from '../support/fake-member.js';

const red = groupName('red');
const blue = groupName('blue');

describe('a membership', () => {
  let told: string[];
  let membership: Membership<FakeMember>;

  beforeEach(() => {
    told = [];
    membership = new Membership({ occupied: (name) => void told.push(`+${name}`), vacant: (name) => void told.push(`-${name}`) });
  });

  const enter = (id: string, user?: string): FakeMember => {
    const member = new FakeMember(id, user);
    membership.enter(member);
    return member;
  };
  const called = (name: Name): string[] => Array.from(membership.called(name), ({ id }) => id);
  /** What is told from now on. */
  const toldSince = (run: () => void): string[] => {
    told = [];
    run();
    return told;
  };

  it('finds a member by its id, its user and its groups, and among all', () => {
    const ada = enter('1', 'ada');
    membership.join(ada, red);
    for (const name of [EVERYONE, connectionName('1'), userName('ada'), red]) {
      expect(called(name)).toEqual(['1']);
      expect(membership.count(name)).toBe(1);
    }
    expect(membership.find('1')).toBe(ada);
    expect(membership.size).toBe(1);
  });

  it('finds nobody by a name that nobody has', () => {
    enter('1', 'ada');
    for (const name of [connectionName('2'), userName('bob'), red]) {
      expect(called(name)).toEqual([]);
      expect(membership.count(name)).toBe(0);
    }
    expect(membership.find('2')).toBeUndefined();
    expect(membership.find('')).toBeUndefined();
  });

  it('finds one, two and three members under a name, in the order in which they joined', () => {
    const members = ['1', '2', '3'].map((id) => enter(id));
    for (const [index, member] of members.entries()) {
      membership.join(member, red);
      expect(called(red)).toEqual(['1', '2', '3'].slice(0, index + 1));
      expect(membership.count(red)).toBe(index + 1);
    }
    for (const [index, member] of members.entries()) {
      membership.leave(member, red);
      expect(called(red)).toEqual(['1', '2', '3'].slice(index + 1));
      expect(membership.count(red)).toBe(2 - index);
    }
  });

  it('finds all connections of a user, and leaves those without a user alone', () => {
    enter('1', 'ada');
    enter('2', 'ada');
    enter('3');
    enter('4', 'bob');
    expect(called(userName('ada'))).toEqual(['1', '2']);
    expect(called(userName('undefined'))).toEqual([]);
    expect(called(EVERYONE)).toEqual(['1', '2', '3', '4']);
  });

  it('keeps a group, a user and a connection of the same name apart, and a group called like everybody', () => {
    const names = ['x', '*', 'gx', 'ux', 'cx'];
    for (const name of names) enter(name, name);
    const member = enter('other', 'another');
    for (const name of names) {
      expect(called(groupName(name))).toEqual([]);
      membership.join(member, groupName(name));
      expect(called(groupName(name))).toEqual(['other']);
      expect(called(userName(name))).toEqual([name]);
      expect(called(connectionName(name))).toEqual([name]);
    }
    expect(membership.count(EVERYONE)).toBe(6);
    expect(membership.namesOf(member).size).toBe(5);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', '', ' ', '\u0000'])('takes %j as a name like any other', (name) => {
    expect(called(groupName(name))).toEqual([]);
    expect(membership.find(name)).toBeUndefined();
    const member = enter(name, name);
    membership.join(member, groupName(name));
    for (const kind of [groupName, userName, connectionName]) expect(called(kind(name))).toEqual([name]);
    membership.exit(member);
    for (const kind of [groupName, userName, connectionName]) expect(called(kind(name))).toEqual([]);
  });

  it('knows the names that a member joined, and those only', () => {
    const ada = enter('1', 'ada');
    expect([...membership.namesOf(ada)]).toEqual([]);
    membership.join(ada, red);
    membership.join(ada, blue);
    expect([...membership.namesOf(ada)]).toEqual([red, blue]);
    expect(membership.has(ada, red)).toBe(true);
    expect(membership.has(ada, userName('ada'))).toBe(false);
    membership.leave(ada, red);
    expect(membership.has(ada, red)).toBe(false);
    expect([...membership.namesOf(ada)]).toEqual([blue]);
  });

  describe('tells when a name', () => {
    it('gets its first member and loses its last, once each', () => {
      const [ada, bob] = [enter('1'), enter('2')];
      expect(toldSince(() => membership.join(ada, red))).toEqual([`+${red}`]);
      expect(toldSince(() => membership.join(bob, red))).toEqual([]);
      expect(toldSince(() => membership.join(ada, red))).toEqual([]);
      expect(toldSince(() => membership.leave(ada, red))).toEqual([]);
      expect(toldSince(() => membership.leave(ada, red))).toEqual([]);
      expect(toldSince(() => membership.leave(bob, red))).toEqual([`-${red}`]);
      expect(toldSince(() => membership.leave(bob, red))).toEqual([]);
      expect(toldSince(() => membership.join(bob, red))).toEqual([`+${red}`]);
    });

    it('of a connection, a user or everybody comes and goes with the members', () => {
      let ada!: FakeMember;
      let adaAgain!: FakeMember;
      expect(toldSince(() => (ada = enter('1', 'ada')))).toEqual(['+*', '+c1', '+uada']);
      expect(toldSince(() => (adaAgain = enter('2', 'ada')))).toEqual(['+c2']);
      expect(toldSince(() => membership.exit(ada))).toEqual(['-c1']);
      expect(toldSince(() => membership.exit(adaAgain)).sort()).toEqual(['-*', '-c2', '-uada']);
    });

    it('loses its last member because that is gone, for all of its names and no others', () => {
      const [ada, bob] = [enter('1', 'ada'), enter('2', 'bob')];
      for (const name of [red, blue]) membership.join(ada, name);
      membership.join(bob, red);
      expect(toldSince(() => membership.exit(ada)).sort()).toEqual(['-c1', '-gblue', '-uada']);
    });

    it('has its first member when it is told, and none any more when it is told of that', () => {
      const counts: [string, number][] = [];
      const looking: Membership<FakeMember> = new Membership({
        occupied: (name) => void counts.push([`+${name}`, looking.count(name)]),
        vacant: (name) => void counts.push([`-${name}`, looking.count(name)]),
      });
      const ada = new FakeMember('1', 'ada');
      looking.enter(ada);
      looking.join(ada, red);
      looking.exit(ada);
      expect(counts).toEqual([
        ['+*', 1],
        ['+c1', 1],
        ['+uada', 1],
        ['+gred', 1],
        ['-gred', 0],
        ['-c1', 0],
        ['-uada', 0],
        ['-*', 0],
      ]);
    });

    it('is joined again by another from within that, and has it', () => {
      const bob = new FakeMember('2');
      const again: Membership<FakeMember> = new Membership({
        occupied: (name) => void told.push(`+${name}`),
        vacant: (name) => {
          told.push(`-${name}`);
          if (name === red) again.join(bob, red);
        },
      });
      const ada = new FakeMember('1');
      again.enter(ada);
      again.enter(bob);
      again.join(ada, red);
      expect(toldSince(() => again.leave(ada, red))).toEqual([`-${red}`, `+${red}`]);
      expect(Array.from(again.called(red))).toEqual([bob]);
    });
  });

  it('keeps nothing of groups that a member has left', () => {
    const ada = enter('1');
    for (const name of [red, blue]) membership.join(ada, name);
    for (const name of [red, blue]) membership.leave(ada, name);
    expect(Reflect.get(membership, 'names')).toHaveProperty('size', 0);
    expect(Reflect.get(membership, 'members')).toHaveProperty('size', 1);
  });

  describe('of a member that is gone', () => {
    it('keeps nothing', () => {
      const ada = enter('1', 'ada');
      membership.join(ada, red);
      membership.exit(ada);
      for (const name of [EVERYONE, connectionName('1'), userName('ada'), red]) {
        expect(called(name)).toEqual([]);
        expect(membership.count(name)).toBe(0);
      }
      expect(membership.find('1')).toBeUndefined();
      expect(membership.has(ada, red)).toBe(false);
      expect(membership.namesOf(ada).size).toBe(0);
      for (const map of ['members', 'names', 'everyone']) expect(Reflect.get(membership, map)).toHaveProperty('size', 0);
    });

    it('refuses a late join, for it would never leave again', () => {
      const ada = enter('1');
      membership.exit(ada);
      expect(toldSince(() => membership.join(ada, red))).toEqual([]);
      expect(called(red)).toEqual([]);
      expect(membership.namesOf(ada).size).toBe(0);
    });

    it('refuses the join of one that never came', () => {
      expect(toldSince(() => membership.join(new FakeMember('1'), red))).toEqual([]);
      expect(called(red)).toEqual([]);
    });

    it('tells nothing when it goes once more, or when one goes that never came', () => {
      const ada = enter('1', 'ada');
      const bob = enter('2', 'bob');
      membership.exit(ada);
      expect(toldSince(() => membership.exit(ada))).toEqual([]);
      expect(toldSince(() => membership.exit(new FakeMember('2', 'bob')))).toEqual([]);
      expect(called(EVERYONE)).toEqual(['2']);
      expect(membership.find('2')).toBe(bob);
    });

    it('takes its leaving a group again for nothing', () => {
      const [ada, bob] = [enter('1'), enter('2')];
      for (const member of [ada, bob]) membership.join(member, red);
      membership.exit(ada);
      expect(toldSince(() => membership.leave(ada, red))).toEqual([]);
      expect(called(red)).toEqual(['2']);
    });
  });

  it('lets a member in once', () => {
    const ada = enter('1', 'ada');
    expect(toldSince(() => membership.enter(ada))).toEqual([]);
    expect(membership.find('1')).toBe(ada);
    expect(membership.count(userName('ada'))).toBe(1);
    membership.exit(ada);
    expect(membership.size).toBe(0);
  });

  it('walks only the names of the member that goes, not those of 10 000 others', () => {
    const others = Array.from({ length: 10_000 }, (_, index) => enter(`other ${index}`, `user ${index}`));
    for (const [index, other] of others.entries()) membership.join(other, groupName(String(index)));
    const ada = enter('1', 'ada');
    for (const name of [red, blue]) membership.join(ada, name);
    expect(lookUpsOf(membership, () => membership.exit(ada))).toBeLessThan(20);
    expect(membership.size).toBe(10_000);
  });

  it('may lose members and get new ones while somebody goes through them', () => {
    const members = ['1', '2', '3', '4'].map((id) => enter(id));
    for (const member of members) membership.join(member, red);
    const seen: string[] = [];
    for (const { id } of membership.called(red)) {
      seen.push(id);
      if (id === '1') for (const member of members.slice(0, 2)) membership.exit(member);
      if (id === '3') for (const member of members) membership.leave(member, red);
    }
    expect(seen).toEqual(['1', '3']);
    expect(called(red)).toEqual([]);
  });
});

/** Counts how often the maps of a membership are asked or changed. */
function lookUpsOf(membership: Membership<FakeMember>, run: () => void): number {
  let count = 0;
  const maps = ['members', 'names'].map((name) => Reflect.get(membership, name) as Map<unknown, unknown>);
  for (const map of maps) {
    for (const method of ['get', 'set', 'has', 'delete', 'forEach', 'keys', 'values', 'entries'] as const) {
      const original = map[method] as (...args: unknown[]) => unknown;
      Object.defineProperty(map, method, {
        configurable: true,
        value: (...args: unknown[]) => {
          count += ['forEach', 'keys', 'values', 'entries'].includes(method) ? map.size : 1;
          return original.apply(map, args);
        },
      });
    }
    Object.defineProperty(map, Symbol.iterator, { configurable: true, value: () => ((count += map.size), map.entries()) });
  }
  run();
  return count;
}
