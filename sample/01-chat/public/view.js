import { $, avatar } from './dom.js';

const states = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', lost: 'Connection lost' };

/** @param reason why the connection is lost, if the server said so. */
export function showConnection(state, reason) {
  const isConnected = state === 'connected';
  $('status').textContent = states[state];
  $('status').dataset.state = state;
  for (const id of ['rooms-controls', 'leave', 'introduce']) $(id).disabled = !isConnected;
  $('banner').hidden = state !== 'reconnecting' && state !== 'lost';
  $('banner').dataset.state = state;
  $('banner-text').textContent = bannerText(state, reason);
  $('retry').hidden = state !== 'lost';
}

function bannerText(state, reason) {
  if (state === 'reconnecting') return 'The connection was interrupted. What you have typed is kept.';
  return state === 'lost' ? (reason ?? 'The chat cannot be reached right now. What you have typed is kept.') : '';
}

/** @param name what one is called; '' for somebody unknown. */
export function showMe(name) {
  $('me').hidden = name === '';
  if (name === '') return;
  $('me-name').textContent = name;
  $('me-avatar').replaceChildren(avatar(name));
}

export function showRoom(name) {
  $('nowhere').hidden = true;
  $('room').hidden = $('leave').hidden = false;
  $('room-name').textContent = name;
  $('draft').placeholder = `Write to ${name}`;
}

/** The view of who is in no room, or is not even known by a name. */
export function showNowhere(title, text, isKnown) {
  $('nowhere').hidden = false;
  $('room').hidden = $('leave').hidden = true;
  $('room-name').textContent = 'Welcome';
  $('nowhere-title').textContent = title;
  $('nowhere-text').textContent = text;
  $('introduce').hidden = isKnown;
  $('pick-room').hidden = !isKnown;
}

/** The title of the tab: the room, and how much was said there since one looked. */
export class UnreadTitle {
  #room = 'Chat';
  #unread = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => this.show(this.#room));
  }

  show(room) {
    this.#room = room;
    this.#unread = 0;
    this.#render();
  }

  count() {
    if (document.hidden) this.#unread++;
    this.#render();
  }

  #render() {
    document.title = this.#unread > 0 ? `(${this.#unread}) ${this.#room}` : this.#room;
  }
}
