import { $ } from './dom.js';

/** Asks for a name until the server accepts one, or until Escape. */
export class NameDialog {
  #choose;

  /**
   * @param choose takes a name; rejects with a sentence.
   * @param closed is called when the dialog is gone.
   */
  constructor(choose, closed) {
    this.#choose = choose;
    $('name-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    $('name').addEventListener('input', () => this.#complain(''));
    $('name-cancel').addEventListener('click', () => $('name-dialog').close());
    $('name-dialog').addEventListener('close', closed);
  }

  /**
   * @param name what stands in the field.
   * @param problem why the name has to be asked for again.
   */
  open(name, problem = '') {
    const isKnown = !$('me').hidden;
    $('name-submit').textContent = isKnown ? 'Change name' : 'Join the chat';
    $('name-cancel').textContent = isKnown ? 'Cancel' : 'Not now';
    if (!$('name-dialog').open) {
      $('name').value = name;
      $('name-dialog').showModal();
      $('name').select();
    }
    this.#complain(problem);
  }

  async #submit() {
    const name = $('name').value.trim();
    try {
      await this.#choose(name);
      $('name-dialog').close();
    } catch ({ message }) {
      this.#complain(message);
      $('name').select();
    }
  }

  #complain(sentence) {
    $('name-error').textContent = sentence;
    $('name').ariaInvalid = String(sentence !== '');
  }
}
