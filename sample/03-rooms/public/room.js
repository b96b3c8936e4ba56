import { sentenceFor } from './typing.js';
import { $ } from './dom.js';

/** One room that this page is in, whichever client it has come by. */
export class Room {
  #channel;
  #log;
  #people;
  #me = '';
  #names;
  /** What is said while the history is on its way; undefined else. */
  #early;
  #isBack = false;

  /**
   * @param client the `PhoenixClient` or the `ChainClient`.
   * @param parts the `Log` and the `People` of the page.
   * @param told is told when this is the room, and with a sentence when it cannot be.
   */
  constructor(client, room, name, { log, people }, told) {
    this.#log = log;
    this.#people = people;
    log.clear();
    this.#channel = client.join(
      `room:${room}`,
      { name },
      {
        joined: (reply) => void this.#joined(reply, told),
        refused: (reason) => told({ problem: reason }),
        resumed: () => this.#welcomeBack(true),
        events: { said: (message) => this.#said(message) },
        people: (all) => this.#met(all),
      },
    );
  }

  say(text) {
    return this.#channel.push('say', { text });
  }

  type(isTyping) {
    this.#channel.tell('typing', { isTyping });
  }

  leave() {
    this.#channel.leave();
  }

  /** Who was there before has all of it, or gets what was missed; anybody else asks for what was said last. */
  async #joined({ name, recovery }, told) {
    this.#me = name;
    told({ name });
    if (this.#isBack) this.#welcomeBack(recovery.recovered);
    this.#isBack = true;
    if (!recovery.recovered) await this.#readHistory();
  }

  async #readHistory() {
    this.#early = [];
    const { messages } = await this.#channel.push('history').catch(() => ({ messages: [] }));
    this.#log.catchUp(messages, this.#me);
    const early = this.#early;
    this.#early = undefined;
    for (const message of early) this.#said(message);
  }

  #said(message) {
    if (this.#early !== undefined) this.#early.push(message);
    else this.#log.add(message, this.#me);
  }

  #welcomeBack(isComplete) {
    this.#log.notice(isComplete ? 'Connected again: nothing was missed.' : 'Connected again.');
  }

  #met(all) {
    const names = new Set(all.map(({ name }) => name));
    for (const name of this.#names ?? names) if (!names.has(name)) this.#log.notice(`${name} left`);
    for (const name of names) if (this.#names?.has(name) === false) this.#log.notice(`${name} came in`);
    this.#names = names;
    this.#people.show(all, this.#me);
    $('typing').textContent = sentenceFor(all.filter(({ name, devices }) => name !== this.#me && devices.some(({ isTyping }) => isTyping)));
  }
}
