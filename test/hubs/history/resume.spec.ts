import { describe, expect, it } from '@jest/globals';
import { HubGroups } from 'nestjs-signalr';
import { unauthorized, unbound } from '../../support/nest-calls.js';
import { resumed, Rooms, saidTo, textsOf } from '../../support/group-history.js';

describe('a hub with a history', () => {
  it('says with each message of a group where it stands', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    await rooms.say('one', 'red');
    await rooms.say('two', 'red');
    const epoch = expect.any(String);
    expect(await saidTo(ann)).toEqual([
      ['one', { group: 'red', epoch, offset: 1 }],
      ['two', { group: 'red', epoch, offset: 2 }],
    ]);
  });

  it('adds nothing to what is for others than groups', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    await rooms.clients.all.send('said', 'to all');
    await rooms.clients.groups([]).send('said', 'to nobody');
    expect(await saidTo(ann)).toEqual([['to all']]);
  });

  it('counts messages without arguments, those with settings, and those of callers', async () => {
    const rooms = await Rooms.open();
    const [ann, bob] = [await rooms.enter('red'), await rooms.enter('red')];
    const start = await rooms.position('red');
    await rooms.clients
      .group('red')
      .with({ headers: { trace: '7' } })
      .send('said');
    await ann.ask('tell', 'red', 'by ann');
    await ann.ask('tellOthers', 'red', 'to others');
    await rooms.clients.groupExcept('red', []).send('said', 'to all but nobody');
    expect((await saidTo(bob)).map((args) => args.length)).toEqual([1, 2, 2, 2]);
    expect(bob.heard.find(({ target }) => target === 'said')).toHaveProperty('headers', { trace: '7' });
    expect(await textsOf(ann)).toEqual([expect.objectContaining({ offset: 1 }), 'by ann', 'to all but nobody']);
    const late = await rooms.enter('red');
    expect(await resumed(late, 'red', start)).toMatchObject({ recovered: true, offset: 4 });
    expect(late.heard.filter(({ target }) => target === 'said')).toEqual(bob.heard.filter(({ target }) => target === 'said'));
  });
});

describe('J09: resume', () => {
  it('gives what was missed, in order, and then answers', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    for (const text of ['one', 'two', 'three']) await rooms.say(text, 'red');
    const ann = await rooms.enter('red');
    const { epoch } = start;
    expect(await resumed(ann, 'red', { epoch, offset: 1 })).toEqual({ recovered: true, epoch, offset: 3 });
    expect(await saidTo(ann)).toEqual([
      ['two', { group: 'red', epoch, offset: 2 }],
      ['three', { group: 'red', epoch, offset: 3 }],
    ]);
  });

  it('without a position gives nothing but the position', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    expect(await resumed(ann, 'red')).toEqual({ recovered: false, epoch: expect.any(String), offset: 0 });
    await rooms.say('one', 'red');
    for (const since of [undefined, null]) expect(await resumed(ann, 'red', since)).toMatchObject({ recovered: false, offset: 1 });
    expect(await textsOf(ann)).toEqual(['one']);
  });

  it('does not give again what came by itself', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    for (const text of ['one', 'two']) await rooms.say(text, 'red');
    const ann = await rooms.enter('red');
    await rooms.say('three', 'red');
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: true, offset: 3 });
    expect(await textsOf(ann)).toEqual(['three', 'one', 'two']);
    expect(await resumed(ann, 'red', { ...start, offset: 3 })).toMatchObject({ recovered: true, offset: 3 });
    expect(await textsOf(ann)).toHaveLength(3);
  });

  it('begins anew for who has left the group in between', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    await rooms.say('one', 'red');
    const [[, seen]] = await saidTo(ann);
    await ann.ask('leave', 'red');
    await rooms.say('two', 'red');
    await ann.ask('join', 'red');
    expect(await resumed(ann, 'red', seen)).toMatchObject({ recovered: true });
    expect(await textsOf(ann)).toEqual(['one', 'two']);
  });

  it('gives nothing where something is no longer kept', async () => {
    const rooms = await Rooms.open({ history: { size: 2, ttl: 1_000 } });
    const start = await rooms.position('red');
    for (const text of ['one', 'two', 'three']) await rooms.say(text, 'red');
    const ann = await rooms.enter('red');
    expect(await resumed(ann, 'red', start)).toMatchObject({ recovered: false, offset: 3 });
    expect(await textsOf(ann)).toEqual([]);
    expect(await resumed(ann, 'red', { ...start, offset: 1 })).toMatchObject({ recovered: true });
    await rooms.clock.advance(1_000);
    const bob = await rooms.enter('red');
    expect(await resumed(bob, 'red', { ...start, offset: 1 })).toMatchObject({ recovered: false, offset: 3 });
    expect(await resumed(bob, 'red', { ...start, offset: 3 })).toMatchObject({ recovered: true });
    expect([await textsOf(ann), await textsOf(bob)]).toEqual([['two', 'three'], []]);
  });

  it.each([{ offset: 4 }, { offset: -1 }, { offset: Number.MAX_SAFE_INTEGER }, { epoch: 'another' }, { epoch: '__proto__' }])(
    'gives nothing to who was at %j, where nobody can have been',
    async (since) => {
      const rooms = await Rooms.open();
      const start = await rooms.position('red');
      for (const text of ['one', 'two', 'three']) await rooms.say(text, 'red');
      const ann = await rooms.enter('red');
      expect(await resumed(ann, 'red', { ...start, ...since })).toEqual({ recovered: false, epoch: start.epoch, offset: 3 });
      expect(await textsOf(ann)).toEqual([]);
    },
  );

  it('is for members of the group, users among them', async () => {
    const rooms = await Rooms.open();
    const start = await rooms.position('red');
    await rooms.say('one', 'red');
    const ann = await rooms.enter('blue');
    for (const group of ['red', '', '__proto__']) {
      expect(await ann.ask('Resume', group, start)).toMatchObject(unauthorized('Resume'));
    }
    await rooms.app.get(HubGroups, { strict: false }).addUser('bob', 'red');
    const bob = await rooms.enterAs('bob');
    expect(await resumed(bob, 'red', start)).toMatchObject({ recovered: true });
    expect([await textsOf(ann), await textsOf(bob)]).toEqual([[], ['one']]);
  });

  it.each([
    ['[]', 'Parameter 1 has to be the name of a group. It was given undefined.'],
    ['[7]', 'Parameter 1 has to be the name of a group. It was given 7.'],
    ['[null]', 'Parameter 1 has to be the name of a group. It was given null.'],
    ['[["red"]]', 'Parameter 1 has to be the name of a group. It was given an object (Array).'],
    ['["red", null, 1]', 'Parameter 3 has to be left out. It was given 1.'],
    ['["red", "x"]', "Parameter 2 has to be a position, { epoch, offset }, or left out. It was given 'x'."],
    ['["red", {}]', 'Parameter 2 has to be a position, { epoch, offset }, or left out. It was given an object (Object).'],
  ])('answers the arguments %s with what is wrong with them, and does no harm', async (args, text) => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    const { error } = unbound('resume') as { error: string };
    expect(await ann.ask('resume', ...(JSON.parse(args) as unknown[]))).toMatchObject({ error: `${error} HubException: ${text}` });
    await rooms.say('one', 'red');
    expect(await textsOf(ann)).toEqual(['one']);
  });

  it.each([
    7,
    [],
    { epoch: 'x' },
    { offset: 1 },
    { epoch: 'x', offset: '1' },
    { epoch: 'x', offset: 1.5 },
    { epoch: 'x', offset: 1e300 },
    true,
  ])('takes %j for no position', async (since) => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    expect(await ann.ask('resume', 'red', since)).toMatchObject({ error: expect.stringContaining('has to be a position') });
  });

  it('is no stream', async () => {
    const rooms = await Rooms.open();
    const ann = await rooms.enter('red');
    ann.say({ type: 4, invocationId: '1', target: 'resume', arguments: ['red'] });
    expect(await ann.hear()).toMatchObject({
      error: "The client attempted to invoke the non-streaming 'resume' method with a streaming invocation.",
    });
  });
});
