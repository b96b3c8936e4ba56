import { $ } from './dom.js';

/** Who has pressed no key for so long is not typing any more, in milliseconds. */
const pause = 2_000;
/** So many characters before the end the composer says how many are left. */
const warnBelow = 100;

/** Where one writes. What was typed is only gone when the server has it. */
export class Composer {
  #send;
  #type;
  #stopping;
  #hadFocus = false;

  /**
   * @param send sends a text; rejects with a sentence.
   * @param type tells the others whether a text is being written.
   */
  constructor(send, type) {
    this.#send = send;
    this.#type = type;
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
    if (!isEnabled) this.#forget();
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
    if (value.trim() === '') this.#stop();
    else this.#go();
  }

  #go() {
    if (this.#stopping === undefined) this.#type(true);
    clearTimeout(this.#stopping);
    this.#stopping = setTimeout(() => this.#stop(), pause);
  }

  #stop() {
    if (this.#stopping !== undefined) this.#type(false);
    this.#forget();
  }

  /** The others see by themselves that a connection is lost. */
  #forget() {
    clearTimeout(this.#stopping);
    this.#stopping = undefined;
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
    this.#stop();
    this.#count($('draft').maxLength - text.length);
  }
}
