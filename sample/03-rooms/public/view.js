import { $ } from './dom.js';

const states = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting' };
const ways = { phoenix: 'phoenix.js, WebSocket', chain: 'chain, event stream' };

/** @param client by which the page is connected. */
export function showConnection(state, client) {
  $('status').textContent = states[state];
  $('status').dataset.state = state;
  $('way').textContent = ways[client];
  $('banner').hidden = state !== 'reconnecting';
}

export function showRoom(name) {
  $('welcome').hidden = true;
  $('inside').hidden = false;
  $('room').ariaLabel = name;
  $('draft').placeholder = `Write to ${name}`;
  document.title = name;
}

/** @param problem why somebody is not let in. */
export function showWelcome(problem = '') {
  $('inside').hidden = true;
  $('welcome').hidden = false;
  $('name-error').textContent = problem;
  $('name').ariaInvalid = String(problem !== '');
  $('name').select();
  document.title = 'Rooms';
}
