import { $, element } from './dom.js';

/** The list of rooms, and the field for a new one. */
export class RoomList {
  #rooms = [];
  #current;
  #join;

  /** @param join goes into the room of a name; rejects with a sentence. */
  constructor(join) {
    this.#join = join;
    $('new-room').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#create($('new-room-name'));
    });
    $('new-room-name').addEventListener('input', () => this.#complain(''));
    $('rooms').addEventListener('click', ({ target }) => {
      const room = target.closest('button')?.dataset.room;
      if (room !== undefined) void this.#go(room);
    });
  }

  show(rooms) {
    this.#rooms = rooms;
    this.#render();
  }

  /** Marks the room that one is in; undefined for none. */
  mark(current) {
    this.#current = current;
    this.#render();
  }

  #render() {
    const focused = document.activeElement?.dataset.room;
    $('rooms').replaceChildren(...this.#rooms.map((room) => this.#item(room)));
    if (focused !== undefined) [...$('rooms').querySelectorAll('button')].find(({ dataset }) => dataset.room === focused)?.focus();
  }

  #item({ name, people }) {
    const unit = people === 1 ? ' person' : ' people';
    const count = element('span', { className: 'count', title: `${people}${unit}` }, String(people));
    count.append(element('span', { className: 'visually-hidden' }, unit));
    const button = element(
      'button',
      { type: 'button', className: 'item' },
      element('span', { className: 'item-name', dir: 'auto', title: name }, name),
      count,
    );
    button.dataset.room = name;
    button.classList.toggle('deserted', people === 0);
    if (name === this.#current) button.ariaCurrent = 'true';
    return element('li', {}, button);
  }

  async #create(input) {
    const name = input.value.trim();
    if (name === '') {
      input.focus();
      return;
    }
    if (await this.#go(name)) input.value = '';
  }

  async #go(name) {
    this.#complain('');
    try {
      await this.#join(name);
      return true;
    } catch ({ message }) {
      this.#complain(message);
      return false;
    }
  }

  #complain(sentence) {
    $('new-room-error').textContent = sentence;
  }
}
