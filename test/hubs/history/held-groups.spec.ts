import { describe, expect, it } from '@jest/globals';
import { resumed, Rooms, saidTo, textsOf, type Place } from '../../support/group-history.js';
import type { HubPeer } from '../../support/hub-peer.js';

/** What is done while somebody in the groups red, blue and green resumes red, before what was missed is known. */
async function whileResuming(work: (rooms: Rooms, ann: HubPeer) => Promise<unknown>) {
  const rooms = await Rooms.open({ maximumParallelInvocationsPerClient: 3 });
  const start = await rooms.position('red');
  await rooms.say('missed', 'red');
  const ann = await rooms.enter('red', 'blue', 'green');
  meanwhile(rooms, () => work(rooms, ann));
  return { rooms, ann, start, answer: ann.ask('resume', 'red', start) };
}

/** Does something once, when the history is asked. */
function meanwhile(rooms: Rooms, work: () => Promise<unknown>): void {
  const read = rooms.log.read.bind(rooms.log);
  rooms.log.read = async (...args) => {
    rooms.log.read = read;
    const view = await read(...args);
    await work();
    return view;
  };
}

describe('what is sent while somebody resumes a group', () => {
  it('keeps the order of each of its groups', async () => {
    const { ann, answer } = await whileResuming(async (rooms) => {
      await rooms.say('red and blue', 'red', 'blue');
      await rooms.say('blue', 'blue');
      await rooms.say('blue and green', 'blue', 'green');
      await rooms.say('green', 'green');
    });
    await answer;
    expect(await textsOf(ann)).toEqual(['missed', 'red and blue', 'blue', 'blue and green', 'green']);
  });

  it('waits for all of its groups', async () => {
    const { ann, answer } = await whileResuming(async (rooms, peer) => {
      await rooms.say('both', 'red', 'blue');
      meanwhile(rooms, async () => expect(await textsOf(peer)).toEqual([]));
      await resumed(peer, 'blue');
      await rooms.say('green', 'green');
      expect(await textsOf(peer)).toEqual(['green']);
    });
    await answer;
    expect(await textsOf(ann)).toEqual(['green', 'missed', 'both']);
  });

  it('is not in the answer to who resumes another of its groups, until it has come', async () => {
    const answers: Place[] = [];
    const { ann, answer } = await whileResuming(async (rooms, peer) => {
      await rooms.say('blue', 'blue');
      await rooms.say('both', 'red', 'blue');
      await rooms.say('blue again', 'blue');
      answers.push(await resumed(peer, 'blue'));
    });
    expect(await answer).toMatchObject({ result: { recovered: true, offset: 2 } });
    answers.push(await resumed(ann, 'blue'));
    expect(answers.map(({ offset }) => offset)).toEqual([1, 3]);
    expect(await textsOf(ann)).toEqual(['blue', 'missed', 'both', 'blue again']);
  });

  it('comes as one of its other groups where the client leaves the group meanwhile', async () => {
    const { ann, answer } = await whileResuming(async (rooms, peer) => {
      await rooms.say('red', 'red');
      await rooms.say('both', 'red', 'blue');
      await rooms.say('blue', 'blue');
      await peer.ask('leave', 'red');
    });
    expect(await answer).toHaveProperty('error');
    const epoch = expect.any(String);
    expect(await saidTo(ann)).toEqual([
      ['both', { group: 'blue', epoch, offset: 1 }],
      ['blue', { group: 'blue', epoch, offset: 2 }],
    ]);
  });

  it('is missed by who leaves all of its groups meanwhile, and told when he is back', async () => {
    const { ann, answer, start } = await whileResuming(async (rooms, peer) => {
      await rooms.say('both', 'red', 'blue');
      await peer.ask('leave', 'red');
      await peer.ask('leave', 'blue');
    });
    expect(await answer).toHaveProperty('error');
    await ann.ask('join', 'red');
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true, offset: 2 });
    expect(await textsOf(ann)).toEqual(['missed', 'both']);
  });
});
