import { describe, expect, it } from '@jest/globals';
import { Absentees } from '../../lib/connections/absentees.js';

const of = (userIdentifier?: string) => ({ userIdentifier });

describe('the absentees', () => {
  it('are so many of all', () => {
    const absentees = new Absentees({ resumable: 2, resumablePerUser: Infinity });
    expect([absentees.add(of('ada')), absentees.add(of())]).toEqual([undefined, undefined]);
    expect(absentees.add(of('bob'))?.message).toContain('2 are kept already, which is what the option limits.resumable allows');
  });

  it('are so many of each user, whatever the name', () => {
    const absentees = new Absentees({ resumable: Infinity, resumablePerUser: 1 });
    for (const name of ['ada', '__proto__', 'constructor', '']) {
      expect(absentees.add(of(name))).toBeUndefined();
      expect(absentees.add(of(name))?.message).toContain('limits.resumablePerUser');
    }
  });

  it('may be as many as there are where nobody knows who they are', () => {
    const absentees = new Absentees({ resumable: Infinity, resumablePerUser: 1 });
    expect([of(), of(), of()].map((one) => absentees.add(one))).toEqual([undefined, undefined, undefined]);
  });

  it('make room when they are back, once each', () => {
    const absentees = new Absentees({ resumable: 2, resumablePerUser: 1 });
    const [ada, bob] = [of('ada'), of('bob')];
    absentees.add(ada);
    absentees.add(bob);
    for (let time = 0; time < 3; time++) absentees.remove(ada);
    absentees.remove(of('bob'));
    expect(absentees.add(of('bob'))).toBeInstanceOf(Error);
    expect(absentees.add(of('ada'))).toBeUndefined();
    expect(absentees.add(of('eve'))).toBeInstanceOf(Error);
  });
});
