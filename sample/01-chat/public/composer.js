import { $ } from './dom.js';

/** The others are told at most so often that somebody types, in milliseconds. */
const tellEvery = 1_000;
/** So many characters before the end the composer says how many are left. */
const warnBelow = 100;

/** Where one writes. What was typed is only gone when the server has it. */
export class Composer {
  #send;
  #tellTyping;
  #toldAt = -tellEvery;
  #hadFocus = false;

  /**
   * @param send sends a text; rejects with a sentence.
   * @param tellTyping tells the others that a text is being written.
   */
  constructor(send, tellTyping) {
    this.#send = send;
    this.#tellTyping = tellTyping;
    $('draft').addEventListener('input', () => this.#changed());
    $('draft').addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $('composer').requestSubmit();
    });
    $('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** Who was writing when the connection was lost goes on where they were. */
  enable(isEnabled) {
    const controls = $('composer-controls');
    if (controls.disabled === !isEnabled) return;
    if (!isEnabled) this.#hadFocus = controls.contains(document.activeElement);
    controls.disabled = !isEnabled;
    if (isEnabled && this.#hadFocus) $('draft').focus();
  }

  /** Not on a phone, where that would bring up the keyboard. */
  focus() {
    if (matchMedia('(hover: hover)').matches) $('draft').focus();
  }

  complain(sentence) {
    $('problem').textContent = sentence;
  }

  #changed() {
    const { value, maxLength } = $('draft');
    this.complain('');
    this.#count(maxLength - value.length);
    if (value.trim() === '' || performance.now() - this.#toldAt < tellEvery) return;
    this.#toldAt = performance.now();
    this.#tellTyping();
  }

  #count(left) {
    $('remaining').textContent = left > warnBelow ? '' : String(left);
    $('remaining').title = `${left} characters left`;
  }

  async #submit() {
    const text = $('draft').value;
    if (text.trim() === '') return;
    this.#fill('');
    try {
      await this.#send(text);
    } catch ({ message }) {
      const since = $('draft').value;
      this.#fill(since === '' ? text : `${text}\n${since}`);
      this.complain(message);
    }
  }

  #fill(text) {
    $('draft').value = text;
    this.complain('');
    this.#toldAt = -tellEvery;
    this.#count($('draft').maxLength - text.length);
  }
}
