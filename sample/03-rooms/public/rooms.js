import { $, element } from './dom.js';

/** The rooms, and how many are in each. */
export class RoomList {
  #choose;
  #counts = new Map();
  #current = '';

  /** @param choose is told the name of the room that somebody wants to be in. */
  constructor(choose) {
    this.#choose = choose;
  }

  /** The rooms that there are; `show` says how many are in them. */
  name(rooms) {
    this.#counts = new Map(rooms.map((name) => [name, this.#counts.get(name) ?? 0]));
    this.#render();
  }

  show(rooms) {
    this.#counts = new Map(rooms.map(({ name, people }) => [name, people]));
    this.#render();
  }

  mark(current) {
    this.#current = current;
    this.#render();
  }

  /** What has the focus keeps it. */
  #render() {
    const focused = document.activeElement?.dataset.room;
    $('rooms').replaceChildren(...Array.from(this.#counts, ([name, people]) => element('li', {}, this.#button(name, people))));
    if (focused !== undefined)
      $('rooms')
        .querySelector(`[data-room="${CSS.escape(focused)}"]`)
        ?.focus();
  }

  #button(name, people) {
    const words = people === 1 ? '1 person' : `${people} people`;
    const count = element('span', { className: 'count', ariaHidden: 'true' }, String(people));
    const spoken = element('span', { className: 'visually-hidden' }, `, ${words}`);
    const button = element('button', { className: 'room-button', type: 'button', title: words }, name, count, spoken);
    button.dataset.room = name;
    button.setAttribute('aria-current', String(name === this.#current));
    button.addEventListener('click', () => this.#choose(name));
    return button;
  }
}
