import { describe, expect, it } from '@jest/globals';
import { resumed, Rooms, saidTo, textsOf } from '../../support/group-history.js';

describe('a message to several groups', () => {
  it('stands in the history of each, and says to everybody where it stands for him', async () => {
    const rooms = await Rooms.open();
    const { epoch } = await rooms.position('red');
    const [red, blue, both] = [await rooms.enter('red'), await rooms.enter('blue'), await rooms.enter('blue', 'red')];
    await rooms.say('before', 'blue');
    await rooms.say('one', 'red', 'blue', 'red', 'green');
    const inRed = { group: 'red', epoch, offset: 1 };
    const inBlue = { group: 'blue', epoch, offset: 2 };
    expect((await saidTo(red)).at(-1)).toEqual(['one', inRed]);
    expect((await saidTo(blue)).at(-1)).toEqual(['one', inBlue]);
    expect((await saidTo(both)).at(-1)).toEqual(['one', { ...inRed, also: [inBlue] }]);
    expect(await textsOf(both)).toEqual(['before', 'one']);
  });

  it('is missed once by who was in several of them', async () => {
    const rooms = await Rooms.open();
    const [red, blue] = [await rooms.position('red'), await rooms.position('blue')];
    await rooms.say('one', 'red', 'blue');
    await rooms.say('two', 'blue');
    const ann = await rooms.enter('red', 'blue');
    expect(await resumed(ann, 'red', red)).toMatchObject({ recovered: true, offset: 1 });
    expect(await resumed(ann, 'blue', blue)).toMatchObject({ recovered: true, offset: 2 });
    expect(await textsOf(ann)).toEqual(['one', 'two']);
  });

  it('is not missed by who got it as one of another group', async () => {
    const rooms = await Rooms.open();
    const blue = await rooms.position('blue');
    const ann = await rooms.enter('red');
    await rooms.say('one', 'red', 'blue');
    await ann.ask('join', 'blue');
    expect(await resumed(ann, 'blue', blue)).toMatchObject({ recovered: true, offset: 1 });
    expect(await textsOf(ann)).toEqual(['one']);
  });

  it('waits where one of them is being resumed, and comes once', async () => {
    const rooms = await Rooms.open();
    const blue = await rooms.position('blue');
    await rooms.say('before', 'blue');
    const ann = await rooms.enter('red', 'blue');
    const read = rooms.log.read.bind(rooms.log);
    rooms.log.read = async (...args) => {
      await rooms.say('one', 'red', 'blue');
      return read(...args);
    };
    await resumed(ann, 'blue', blue);
    expect(await textsOf(ann)).toEqual(['before', 'one']);
  });

  it('reaches those whose group could remember it', async () => {
    const rooms = await Rooms.open();
    const [red, blue] = [await rooms.enter('red'), await rooms.enter('blue')];
    const append = rooms.log.append.bind(rooms.log);
    rooms.log.append = async (key, ...args) => {
      if (key.endsWith('blue')) throw new Error('The log is down.');
      return append(key, ...args);
    };
    await expect(rooms.say('one', 'blue', 'red')).rejects.toThrow('The log is down.');
    expect([await textsOf(red), await textsOf(blue)]).toEqual([['one'], []]);
  });

  it('leaves out connections that are to be left out', async () => {
    const rooms = await Rooms.open();
    const red = await rooms.position('red');
    const [ann, bob] = [await rooms.enter('red'), await rooms.enter('red')];
    const { result } = await ann.ask('join', 'blue');
    await rooms.clients.groupExcept('red', [result as string]).send('said', 'one');
    expect([await textsOf(ann), await textsOf(bob)]).toEqual([[], ['one']]);
    expect(await resumed(ann, 'red', red)).toMatchObject({ recovered: true });
    expect(await textsOf(ann)).toEqual(['one']);
  });
});
