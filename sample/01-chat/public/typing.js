import { $ } from './dom.js';

/** A little longer than the composer waits before it tells again. */
const visibleFor = 2_500;

/** Who is typing. Nobody says that they have stopped: a name vanishes when nothing more is heard. */
export class TypingLine {
  #timers = new Map();

  saw(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(
      name,
      setTimeout(() => this.forget(name), visibleFor),
    );
    this.#render();
  }

  forget(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
    this.#render();
  }

  clear() {
    for (const name of this.#timers.keys()) this.forget(name);
  }

  #render() {
    $('typing').textContent = sentenceFor([...this.#timers.keys()]);
  }
}

function sentenceFor([first, second, ...others]) {
  if (first === undefined) return '';
  if (second === undefined) return `${first} is typing`;
  return others.length === 0 ? `${first} and ${second} are typing` : 'Several people are typing';
}
