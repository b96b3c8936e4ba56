import { Socket } from './chain.js';
import { Presence } from './presence.js';

/** The client of chain, which the server brings: channels over an event stream and POSTs. The only file that knows it. */
export class ChainClient {
  #socket = new Socket({ endpoint: '/chain' });
  #channels = new Set();

  /** @param onState is told 'connected' and 'reconnecting'. */
  constructor(onState) {
    this.#socket.on('open', () => {
      onState('connected');
      // The channels hear of it next, and join again unless the session goes on.
      queueMicrotask(() => this.#channels.forEach((channel) => channel.opened()));
    });
    this.#socket.on('error', () => onState('reconnecting'));
  }

  /** Joins a topic; the handlers are those of `Room` in room.js. */
  join(topic, params, handlers) {
    const channel = new ChainChannel(this.#socket, topic, params, handlers, () => this.#channels.delete(channel));
    this.#channels.add(channel);
    return channel;
  }

  end() {
    for (const channel of this.#channels) channel.leave();
  }
}

class ChainChannel {
  #channel;
  /** Of the last join that was not a return: what came after that may come once more, and is known by then. */
  #position;
  #resumed;
  #closed;

  constructor(socket, topic, params, { joined, refused, resumed, events, people }, closed) {
    this.#resumed = resumed;
    this.#closed = closed;
    this.#channel = socket.channel(topic, () => ({ ...params, recover: this.#position }));
    for (const [event, handler] of Object.entries(events)) this.#channel.on(event, handler);
    if (people !== undefined) this.#follow(people);
    this.#channel
      .on('join:ok', (reply) => {
        if (!reply.recovery.recovered) this.#position = reply.recovery;
        joined(reply);
      })
      .on('join:error', ({ reason }) => refused(reason))
      .join();
  }

  push(event, payload = {}) {
    return new Promise((resolve, reject) => {
      this.#channel
        .push(event, payload)
        .on('ok', resolve)
        .on('error', ({ reason }) => reject(new Error(reason)))
        .on('timeout', () => reject(new Error('The server does not answer.')));
    });
  }

  /** Says something that is not answered. */
  tell(event, payload) {
    this.#channel.push(event, payload);
  }

  leave() {
    this.#closed();
    this.#channel.leave();
  }

  /** The session goes on where it was: what was said meanwhile comes by itself. */
  opened() {
    if (this.#channel.state === 'joined') this.#resumed?.();
  }

  #follow(people) {
    const presence = new Presence(people);
    this.#channel.on('presence_state', (state) => presence.begin(state));
    this.#channel.on('presence_diff', (difference) => presence.change(difference));
  }
}
