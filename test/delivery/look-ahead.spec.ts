import { describe, expect, it } from '@jest/globals';
import { EVERYONE } from '../../lib/delivery/address.js';
import { inProcessBackplane } from '../../lib/delivery/backplane.js';
import { Delivery } from '../../lib/delivery/delivery.js';
import { FakeMember } from '../support/fake-member.js';

class WatchedMember extends FakeMember {
  constructor(
    id: string,
    private readonly log: string[],
  ) {
    super(id);
    this.whenGiven = () => log.push(`given ${id}`);
  }

  override get backlog(): number {
    this.log.push(`read ${this.id}`);
    return 0;
  }
}

describe('a delivery', () => {
  it('reads what lies on the way to all members before one of them is given something', async () => {
    const log: string[] = [];
    const delivery = new Delivery<string, FakeMember>(inProcessBackplane, { occupied() {}, vacant() {} });
    for (const id of ['ada', 'bob']) delivery.membership.enter(new WatchedMember(id, log));
    await delivery.send({ names: [EVERYONE] }, 'hello');
    expect(log).toEqual(['read ada', 'read bob', 'given ada', 'given bob']);
  });
});
