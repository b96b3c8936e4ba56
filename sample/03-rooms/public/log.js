import { $, avatar, element } from './dom.js';
import { withLinks } from './links.js';

/** Lines beyond these are taken away from the top. */
const mostLines = 300;
/** What somebody says within this time after saying something stands closer to it, in milliseconds. */
const together = 5 * 60_000;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** What is said in a room, and who comes and goes. */
export class Log {
  #known = new Set();
  #last;
  #isAtEnd = true;
  #heights = '';

  constructor() {
    $('log').addEventListener('scroll', () => this.#scrolled());
    // The keyboard of a phone takes away half of the height; turning it breaks the lines elsewhere.
    const observer = new ResizeObserver(() => this.#resized());
    for (const id of ['log', 'messages']) observer.observe($(id));
    $('newest').addEventListener('click', () => this.toEnd());
  }

  clear() {
    this.#known.clear();
    this.#last = undefined;
    $('messages').replaceChildren();
    $('log-empty').hidden = false;
  }

  /**
   * Adds those of a room's messages that are not there yet. A screen reader does not read them all out.
   *
   * @param me one's own name.
   */
  catchUp(messages, me) {
    $('log').ariaLive = 'off';
    for (const message of messages) this.add(message, me);
    requestAnimationFrame(() => ($('log').ariaLive = 'polite'));
  }

  add({ id, name, text, sentAt }, me) {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    const date = new Date(sentAt);
    const line = element('li', { className: 'message' }, avatar(name), bubble(name, text, date));
    const isOwn = name === me;
    line.classList.toggle('own', isOwn);
    line.classList.toggle('follows', this.#last?.name === name && date - this.#last.date < together);
    this.#last = { name, date };
    this.#append(line, isOwn);
  }

  /** A line about the room itself. */
  notice(text) {
    this.#last = undefined;
    this.#append(element('li', { className: 'notice' }, element('span', {}, text), clock(new Date())), false);
  }

  toEnd() {
    $('log').scrollTop = $('log').scrollHeight;
    $('newest').hidden = true;
    this.#isAtEnd = true;
  }

  #append(line, isOwn) {
    const messages = $('messages');
    messages.append(line);
    if (messages.childElementCount > mostLines) messages.firstElementChild.remove();
    if (line.classList.contains('message')) $('log-empty').hidden = true;
    if (isOwn || this.#isAtEnd) this.toEnd();
    else $('newest').hidden = !line.classList.contains('message') && $('newest').hidden;
  }

  /** A new size scrolls as well, which nobody meant: `#resized` comes next. */
  #scrolled() {
    if (this.#heights === heights()) this.#lookWhereItIs();
  }

  #resized() {
    this.#heights = heights();
    if (this.#isAtEnd) this.toEnd();
    else this.#lookWhereItIs();
  }

  #lookWhereItIs() {
    const { scrollHeight, scrollTop, clientHeight } = $('log');
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < 48;
    if (this.#isAtEnd) $('newest').hidden = true;
  }
}

/** Of the list and of the part of it that is seen. */
function heights() {
  const { scrollHeight, clientHeight } = $('log');
  return `${scrollHeight} ${clientHeight}`;
}

function bubble(author, text, date) {
  const words = element('p', { className: 'text', dir: 'auto' }, ...withLinks(text));
  return element('div', { className: 'bubble' }, element('span', { className: 'author', dir: 'auto' }, author), words, clock(date));
}

function clock(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  const shown = (isToday ? timeOfDay : dayAndTime).format(date);
  return element('time', { dateTime: date.toISOString(), title: dayAndTime.format(date) }, shown);
}
