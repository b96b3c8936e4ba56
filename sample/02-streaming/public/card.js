import { $ } from './dom.js';

/** The frame of a stream: its state in words, and the one button that starts and stops it. */
export class Card {
  #name;
  #labels;
  #state = 'idle';

  /**
   * @param name begins the ids of its elements.
   * @param labels of the button: `start` and `stop`.
   * @param actions what the button does: `start` and `stop`.
   */
  constructor(name, labels, actions) {
    this.#name = name;
    this.#labels = labels;
    $(`${name}-form`).addEventListener('submit', (event) => {
      event.preventDefault();
      actions[this.isRunning ? 'stop' : 'start']();
    });
  }

  get isRunning() {
    return this.#state === 'running';
  }

  /** @param state 'idle', 'running', 'done', 'stopped' or 'failed'. */
  show(state, sentence) {
    this.#state = state;
    $(this.#name).dataset.state = state;
    $(`${this.#name}-state`).textContent = sentence;
    $(`${this.#name}-button`).textContent = this.#labels[this.isRunning ? 'stop' : 'start'];
  }
}
