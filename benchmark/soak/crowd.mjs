import { setTimeout as delay } from 'node:timers/promises';
import { nuisances } from './nuisances.mjs';
import { visitors } from './visitors.mjs';

/** How long nobody comes in the place of one who has left, at the most. */
const REST = 200;

/** No life is longer. */
const LONGEST = 120_000;

/** So many of each kind are there at a time. */
const numbers = { callers: 8, requesters: 6, members: 10, guests: 10, sloths: 4 };
const usual = 3;

/** People who come, do what they do, and leave, for as long as it lasts. */
export class Crowd {
  /** How many have come and gone, by kind. */
  kinds = new Map();
  /** What went wrong with the well-behaved, by what it was. */
  faults = new Map();
  #world;
  #isOver = false;
  #places;

  /** @param world - what they need to know: the `port`. */
  constructor(world) {
    this.#world = world;
  }

  /** How many have come and gone. */
  get lives() {
    return Array.from(this.kinds.values()).reduce((sum, lives) => sum + lives, 0);
  }

  begin() {
    this.#places = [...this.#placesFor(visitors, (name, error) => this.#note(name, error)), ...this.#placesFor(nuisances, () => {})];
  }

  /** Settles when everybody has left. */
  async end() {
    this.#isOver = true;
    await Promise.all(this.#places);
  }

  #placesFor(roles, onError) {
    return Object.entries(roles).flatMap(([name, live]) =>
      Array.from({ length: numbers[name] ?? usual }, () => this.#fill(name, live, (error) => onError(name, error))),
    );
  }

  async #fill(name, live, onError) {
    while (!this.#isOver) {
      await inTime(live(this.#world)).catch(onError);
      this.kinds.set(name, (this.kinds.get(name) ?? 0) + 1);
      await delay(Math.random() * REST);
    }
  }

  #note(name, { message }) {
    const fault = `${name}: ${message}`;
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }
}

/** What never ends is a fault as well. */
function inTime(life) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It has not come to an end.')), LONGEST);
    life.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
