import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { EventReader } from './event-reader.mjs';

/** How a client of each transport hears what the server says. */
const transports = {
  /** One response that does not end. */
  async serverSentEvents(client) {
    const response = await client.ask('GET', { accept: 'text/event-stream' });
    client.opened();
    const events = new EventReader((payload) => client.take(payload));
    for await (const chunk of response) events.push(chunk);
    throw new Error('the event stream has ended');
  },

  /** One request after the other; the first one is answered at once, with nothing. */
  async longPolling(client) {
    await client.poll();
    client.opened();
    for (;;) client.take(await client.poll());
  },
};

/** One connection that is carried by requests. What it says is posted, one body after the other; the rest is as with a WebSocket's client. */
export class HttpClient {
  onReady = () => {};
  onMessage = () => {};
  onRead = () => {};
  onFailure = () => {};
  #dialect;
  #target;
  #posts = new Agent({ keepAlive: true, maxSockets: 1 });
  #ears = new Agent({ keepAlive: true, maxSockets: 1 });
  #state = 'opening';

  /** @param path - with the token that a negotiation gave. */
  constructor(port, dialect, path, transport) {
    this.#dialect = dialect;
    this.#target = { host: '127.0.0.1', port, path };
    transports[transport](this).catch((error) => this.#fail(error));
  }

  /** Posts bytes that are messages already. */
  send(messages) {
    this.#post(messages).catch((error) => this.#fail(error));
  }

  say(message) {
    this.send(message);
  }

  close() {
    this.#state = 'closed';
    this.#posts.destroy();
    this.#ears.destroy();
  }

  /** Called by the dialect: the greeting is over. */
  ready() {
    this.#state = 'ready';
    this.onReady(this);
  }

  /** Called by the dialect for each message. */
  hear(bytes, start, end) {
    this.onMessage(this, bytes, start, end);
  }

  /** Called by the transport when what is posted will be heard. */
  opened() {
    this.#state = 'greeting';
    this.#dialect.greet(this);
  }

  /** Called by the transport for what the server has said at one time. */
  take(bytes) {
    const start = this.#state === 'greeting' && bytes.length > 0 ? this.#dialect.greeted(this, bytes, 0, bytes.length) : 0;
    if (start < bytes.length) this.#dialect.cut(bytes, start, bytes.length, this);
    if (this.#state === 'ready') this.onRead(this);
  }

  /** The response to a request of this connection, which has to be a good one. */
  async ask(method, headers, body) {
    const asked = request({ ...this.#target, method, headers, agent: method === 'POST' ? this.#posts : this.#ears });
    asked.end(body);
    const [response] = await once(asked, 'response');
    if (response.statusCode !== 200) throw new Error(`${method} was answered with ${response.statusCode}`);
    return response;
  }

  async poll() {
    return readAll(await this.ask('GET', {}));
  }

  async #post(body) {
    await readAll(await this.ask('POST', { 'content-length': body.length }, body));
  }

  #fail(error) {
    if (this.#state === 'closed') return;
    this.close();
    this.onFailure(error);
  }
}

async function readAll(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}
