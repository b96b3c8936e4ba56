import { $, avatar, element } from './dom.js';

/** Who is in the room. */
export class People {
  #names = new Set();
  #me = '';

  /** @param me one's own name. */
  show(names, me) {
    this.#names = new Set(names);
    this.#me = me;
    this.#render();
  }

  add(name) {
    this.#names.add(name);
    this.#render();
  }

  remove(name) {
    this.#names.delete(name);
    this.#render();
  }

  #render() {
    const { size } = this.#names;
    const others = [...this.#names].filter((name) => name !== this.#me).sort((a, b) => a.localeCompare(b));
    const mine = this.#names.has(this.#me) ? [this.#me] : [];
    $('people').replaceChildren(...[...mine, ...others].map((name) => this.#item(name)));
    $('people-count').textContent = size === 0 ? '' : String(size);
    $('people-caption').textContent = size === 0 ? 'Here now' : `Here now: ${size}`;
    $('alone').textContent = aloneText(size, others.length);
  }

  #item(name) {
    const item = element(
      'li',
      { className: 'item' },
      avatar(name),
      element('span', { className: 'item-name', dir: 'auto', title: name }, name),
    );
    if (name === this.#me) item.append(element('span', { className: 'tag' }, 'you'));
    return item;
  }
}

function aloneText(size, others) {
  if (size === 0) return 'Join a room to see who is there.';
  return others === 0 ? 'Only you so far. Open this page in a second window, or on your phone, for company.' : '';
}
