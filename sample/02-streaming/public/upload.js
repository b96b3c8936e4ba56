import { Card } from './card.js';
import { $ } from './dom.js';
import { Sender } from './sender.js';

const madeUpSize = 8 * 2 ** 20;
const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** The upload. What it shows is what the server says it has. */
export class UploadCard {
  #connection;
  #card = new Card('upload', { start: 'Upload', stop: 'Cancel' }, { start: () => void this.#start(), stop: () => this.#cancel() });
  #file;
  #sender;

  constructor(connection) {
    this.#connection = connection;
    $('upload-file').addEventListener('change', ({ target }) => target.files.length > 0 && this.#take(target.files[0]));
    $('upload-make-up').addEventListener('click', () => this.#take(madeUpFile()));
  }

  /** There is a connection: the first one, or another one. */
  connected() {
    if (this.#file === undefined) this.#take(madeUpFile());
  }

  #take(file) {
    this.#file = file;
    $('upload-name').textContent = file.name;
    this.#clear();
    this.#card.show('idle', 'Ready to be sent.');
  }

  #clear() {
    $('upload-progress').value = 0;
    $('upload-percent').textContent = '0 %';
    $('upload-size').textContent = `${mebibytes(this.#file.size)} MiB`;
    $('upload-hash').textContent = '–';
  }

  async #start() {
    this.#clear();
    this.#show('running', 'On its way');
    const hash = hashOf(this.#file);
    const observer = {
      progress: (bytes) => this.#progress(bytes),
      done: (sha256) => void this.#finish(sha256, hash),
      failed: ({ isLost, sentence }) => this.#show('failed', isLost ? `${sentence} The server has forgotten what it had.` : sentence),
    };
    this.#sender = new Sender(this.#connection, this.#file, observer);
    await this.#sender.send();
  }

  #progress(bytes) {
    const { size } = this.#file;
    const part = size === 0 ? 1 : bytes / size;
    $('upload-progress').value = part;
    $('upload-percent').textContent = `${Math.floor(part * 100)} %`;
    $('upload-size').textContent = `${mebibytes(bytes)} of ${mebibytes(size)} MiB`;
  }

  #cancel() {
    this.#sender.cancel();
    this.#show('stopped', 'Cancelled. The server has forgotten what it had.');
  }

  /** @param hash settles with what the server should say, or undefined where the browser makes no hashes. */
  async #finish(sha256, hash) {
    const expected = await hash;
    if (!this.#card.isRunning) return;
    $('upload-hash').textContent = sha256;
    if (expected !== undefined && sha256 !== expected) this.#show('failed', 'Something else has arrived than was sent.');
    else this.#show('done', expected === undefined ? 'All of it has arrived.' : 'All of it has arrived, byte for byte.');
  }

  #show(state, sentence) {
    this.#card.show(state, sentence);
    $('upload-source').disabled = this.#card.isRunning;
  }
}

/** Noise: nothing on the way can make it smaller. */
function madeUpFile() {
  const bytes = new Uint8Array(madeUpSize);
  const most = 65_536;
  for (let at = 0; at < bytes.length; at += most) crypto.getRandomValues(bytes.subarray(at, at + most));
  return new File([bytes], 'noise.bin');
}

/**
 * `crypto.subtle` is not there when a phone opens the page by the address of a computer, without HTTPS. Of a file that cannot be read the
 * sender tells.
 */
async function hashOf(file) {
  try {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}
