import { describe, expect, it } from '@jest/globals';
import type { HubPeer } from '../../support/hub-peer.js';
import { resumed, Rooms, saidTo, type Place } from '../../support/group-history.js';
import { numbersFrom } from '../../support/random-numbers.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Comes and goes, and keeps its place. */
class Wanderer {
  readonly texts: unknown[] = [];
  readonly recoveries: boolean[] = [];
  private peer: HubPeer | undefined;
  private place: Place | undefined;

  constructor(private readonly rooms: Rooms) {}

  async come(): Promise<void> {
    this.peer = await this.rooms.enter('red');
    const recovery = await resumed(this.peer, 'red', this.place);
    this.recoveries.push(recovery.recovered);
    this.place = { epoch: recovery.epoch, offset: recovery.offset };
  }

  async go(): Promise<void> {
    for (const [text, position] of await saidTo(this.peer as HubPeer)) {
      this.texts.push(text);
      const { epoch, offset } = position as Place;
      if (this.place === undefined || offset > this.place.offset) this.place = { epoch, offset };
    }
    await (this.peer as HubPeer).hangUp();
  }
}

/** A log that takes its time. */
function slowDown({ log }: Rooms, random: (below: number) => number): void {
  const read = log.read.bind(log);
  const append = log.append.bind(log);
  const wait = async (): Promise<void> => {
    for (let turns = random(3); turns > 0; turns--) await turn();
  };
  log.read = async (...args) => {
    await wait();
    const view = await read(...args);
    await wait();
    return view;
  };
  log.append = async (...args) => {
    const position = await append(...args);
    await wait();
    return position;
  };
}

describe('who comes and goes while much is said', () => {
  it.each([1, 2, 3, 4, 5])('gets every message, and each once: run %i', async (seed) => {
    const random = numbersFrom(seed);
    const rooms = await Rooms.open({ history: { size: 1_000 } });
    const wanderer = new Wanderer(rooms);
    await wanderer.come();
    slowDown(rooms, random);
    const sent: Promise<void>[] = [];
    const speak = async (): Promise<void> => {
      for (let text = 0; text < 200; text++) {
        sent.push(rooms.say(text, ...(random(3) === 0 ? ['blue', 'red'] : ['red'])));
        for (let turns = random(3); turns > 0; turns--) await turn();
      }
    };
    const speaking = speak();
    for (let visits = 0; visits < 15; visits++) {
      await wanderer.go();
      await wanderer.come();
    }
    await speaking;
    await Promise.all(sent);
    await wanderer.go();
    expect(wanderer.recoveries.indexOf(false, 1)).toBe(-1);
    expect([...wanderer.texts].sort((one, other) => Number(one) - Number(other))).toEqual(Array.from({ length: 200 }, (_, text) => text));
  });
});
