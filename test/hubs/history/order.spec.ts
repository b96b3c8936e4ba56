import { describe, expect, it } from '@jest/globals';
import { log } from '../../support/app-of.js';
import { resumed, Rooms, saidTo, textsOf } from '../../support/group-history.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is sent to a group while somebody resumes it', () => {
  it('comes after what was missed, once, and before the answer', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    await rooms.say(1, 'red');
    const ann = await rooms.enter('red');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      await rooms.say(2, 'red');
      const view = await read(...args);
      await rooms.say(3, 'red');
      return view;
    };
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true, offset: 3 });
    expect(ann.heard.at(-1)).toMatchObject({ type: 3 });
    await rooms.say(4, 'red');
    expect(await textsOf(ann)).toEqual([1, 2, 3, 4]);
  });

  it('comes nevertheless where nothing can be recovered, and where the log fails', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    const ann = await rooms.enter('red');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      await rooms.say(1, 'red');
      return read(...args);
    };
    expect(await resumed(ann, 'red', { ...start, epoch: 'another' })).toMatchObject({ recovered: false, offset: 1 });
    rooms.log.read = async () => {
      await rooms.say(2, 'red');
      throw new Error('The log is down.');
    };
    expect(await ann.ask('resume', 'red', start)).toHaveProperty('error', "An unexpected error occurred invoking 'resume' on the server.");
    expect(log.takeErrors()).toEqual([expect.stringContaining('The log is down.')]);
    await rooms.say(3, 'red');
    expect(await textsOf(ann)).toEqual([1, 2, 3]);
  });

  it('holds up nothing that is sent to others', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red', 'blue');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      await rooms.say('red', 'red');
      await rooms.say('blue', 'blue');
      return read(...args);
    };
    await resumed(ann, 'red');
    expect(await textsOf(ann)).toEqual(['blue', 'red']);
  });

  it('comes to nobody who leaves meanwhile', async () => {
    const rooms = await Rooms.open({ maximumParallelInvocationsPerClient: 2 });
    const start = await rooms.position('red');
    await rooms.say(1, 'red');
    const ann = await rooms.enter('red');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      const view = await read(...args);
      await rooms.say(2, 'red');
      await ann.ask('leave', 'red');
      return view;
    };
    expect(await ann.ask('resume', 'red', start)).toHaveProperty('error', "Failed to invoke 'resume' because user is unauthorized");
    expect(await textsOf(ann)).toEqual([]);
  });

  it('may be anything but a second resume of the group', async () => {
    const rooms = await Rooms.open({ maximumParallelInvocationsPerClient: 2 });
    const start = await rooms.position('red');
    await rooms.say(1, 'red');
    const ann = await rooms.enter('red', 'blue');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      rooms.log.read = read;
      expect(await ann.ask('resume', 'red', start)).toHaveProperty(
        'error',
        expect.stringContaining("The group 'red' is being resumed already."),
      );
      expect(await resumed(ann, 'blue')).toMatchObject({ recovered: false });
      return read(...args);
    };
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true });
    expect(await textsOf(ann)).toEqual([1]);
  });
});

describe('a message to a group with a history', () => {
  it('is what it was when it was sent', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    const ann = await rooms.enter('red');
    const text = { body: 'one' };
    const sent = rooms.say(text, 'red');
    text.body = 'changed';
    await sent;
    const bob = await rooms.enter('red');
    await resumed(bob, 'red', start);
    expect([await textsOf(ann), await textsOf(bob)]).toEqual([[{ body: 'one' }], [{ body: 'one' }]]);
  });

  it('that cannot be encoded is an error, and stands in no history', async () => {
    const rooms = await Rooms.open();
    await expect(rooms.say(2n ** 70n, 'red')).rejects.toThrow('64 bits');
    await expect(rooms.say('one', 'red', '')).rejects.toThrow('Cannot send to an empty group name.');
    expect(await rooms.position('red')).toMatchObject({ offset: 0 });
  });

  it('keeps its place, whatever the order in which the log answers', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    const append = rooms.log.append.bind(rooms.log);
    const answers: (() => void)[] = [];
    rooms.log.append = async (...args) => {
      const position = await append(...args);
      await new Promise<void>((resolve) => answers.push(resolve));
      return position;
    };
    const sent = [1, 2, 3].map((text) => rooms.say(text, 'red'));
    await turn();
    for (const answer of answers.reverse()) {
      answer();
      await turn();
    }
    await Promise.all(sent);
    expect((await saidTo(ann)).map(([text, place]) => [text, (place as { offset: number }).offset])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('reaches nobody where it cannot be remembered; who does not wait for it finds that in the log', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    rooms.log.append = () => Promise.reject(new Error('The log is down.'));
    await expect(rooms.say(1, 'red')).rejects.toThrow('The log is down.');
    void rooms.say(2, 'red');
    await turn();
    await turn();
    expect(await textsOf(ann)).toEqual([]);
    expect(log.takeErrors()).toEqual([expect.stringContaining('The log is down.')]);
  });
});
