import { $, avatar } from './dom.js';

const states = {
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  lost: 'Connection lost',
  moved: 'In another window',
};

const banners = {
  reconnecting: 'The connection was interrupted. What you have typed is kept.',
  lost: 'The chat cannot be reached right now. What you have typed is kept.',
  moved: 'Moved to another window.',
};

/** @param reason why the connection is lost, if the server said so. */
export function showConnection(state, reason) {
  const isConnected = state === 'connected';
  $('status').textContent = states[state];
  $('status').dataset.state = state;
  for (const id of ['rooms-controls', 'leave', 'introduce', 'join-lobby']) $(id).disabled = !isConnected;
  $('banner').hidden = !(state in banners);
  $('banner').dataset.state = state;
  $('banner-text').textContent = reason ?? banners[state] ?? '';
  $('retry').hidden = state === 'reconnecting';
  $('retry').textContent = state === 'moved' ? 'Use it here' : 'Try again';
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
  $('room-name').textContent = isKnown ? 'No room' : 'Welcome';
  $('nowhere-title').textContent = title;
  $('nowhere-text').textContent = text;
  $('introduce').hidden = isKnown;
  $('join-lobby').hidden = $('pick-room').hidden = !isKnown;
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
