import { Card } from './card.js';
import { $ } from './dom.js';

/** The answer that comes word by word. */
export class AnswerCard {
  #connection;
  #card = new Card('answer', { start: 'Ask', stop: 'Stop' }, { start: () => this.#ask(), stop: () => this.#stop() });
  #cancel;

  constructor(connection) {
    this.#connection = connection;
    $('suggestions').addEventListener('click', ({ target }) => {
      if (target.matches('button')) this.#suggest(target.textContent);
    });
  }

  /** There is a connection: the first one, or another one. */
  connected() {
    if (this.#cancel === undefined) this.#show('idle', 'Nothing asked yet.');
  }

  #suggest(question) {
    if (this.#card.isRunning) this.#stop();
    $('question').value = question;
    this.#ask();
  }

  #ask() {
    $('answer-text').textContent = '';
    this.#show('running', 'Answering');
    const observer = {
      next: (word) => this.#add(word),
      complete: () => this.#show('done', 'That was all.'),
      error: ({ isLost, sentence }) => this.#show('failed', isLost ? `${sentence} The rest of the answer is lost; ask again.` : sentence),
    };
    this.#cancel = this.#connection.stream(observer, 'answer', $('question').value);
  }

  /** Who has scrolled back to read is left there. */
  #add(word) {
    const text = $('answer-text');
    const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 8;
    text.append(word);
    if (isAtEnd) text.scrollTop = text.scrollHeight;
  }

  #stop() {
    this.#cancel();
    this.#show('stopped', 'Stopped. The server makes no more words.');
  }

  /** Screen readers wait with the answer until it is all there. */
  #show(state, sentence) {
    this.#card.show(state, sentence);
    $('answer-text').ariaBusy = String(this.#card.isRunning);
    $('question').readOnly = this.#card.isRunning;
  }
}
