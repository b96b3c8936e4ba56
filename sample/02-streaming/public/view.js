import { $ } from './dom.js';

const states = { connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', lost: 'Connection lost' };

const banners = {
  reconnecting: 'The connection was interrupted, and the streams with it. It is being made again.',
  lost: 'The server cannot be reached right now.',
};

/** What had the focus when the controls were disabled, which takes it away. */
let focused;

export function showConnection(state) {
  $('status').textContent = states[state];
  $('status').dataset.state = state;
  $('banner').hidden = !(state in banners);
  $('banner').dataset.state = state;
  $('banner-text').textContent = banners[state] ?? '';
  $('retry').hidden = state !== 'lost';
  enableControls(state === 'connected');
}

function enableControls(isEnabled) {
  const controls = [...document.querySelectorAll('.controls')];
  if (!isEnabled) focused ??= controls.some((one) => one.contains(document.activeElement)) ? document.activeElement : undefined;
  for (const one of controls) one.disabled = !isEnabled;
  if (!isEnabled) return;
  if (document.activeElement === document.body) focused?.focus();
  focused = undefined;
}
