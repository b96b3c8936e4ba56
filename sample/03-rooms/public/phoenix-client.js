import { Presence, Socket } from './phoenix/phoenix.mjs';

/** phoenix.js: channels over a WebSocket. The only file that knows it. */
export class PhoenixClient {
  #socket = new Socket('/socket');

  /** @param onState is told 'connected' and 'reconnecting'. */
  constructor(onState) {
    this.#socket.onOpen(() => onState('connected'));
    this.#socket.onClose(() => onState('reconnecting'));
    this.#socket.connect();
  }

  /** Joins a topic; the handlers are those of `Room` in room.js. */
  join(topic, params, handlers) {
    return new PhoenixChannel(this.#socket, topic, params, handlers);
  }

  end() {
    this.#socket.disconnect();
  }
}

class PhoenixChannel {
  #channel;
  /** Where this client stands in the history of the topic. What it has missed, when it comes back, moves it on as well. */
  #position;

  constructor(socket, topic, params, { joined, refused, events, people }) {
    this.#channel = socket.channel(topic, () => ({ ...params, recover: this.#position }));
    this.#channel.onMessage = (event, payload, ref) => this.#seen(payload, ref);
    for (const [event, handler] of Object.entries(events)) this.#channel.on(event, handler);
    if (people !== undefined) this.#follow(people);
    this.#channel
      .join()
      .receive('ok', (reply) => {
        if (!reply.recovery.recovered) this.#position = reply.recovery;
        joined(reply);
      })
      .receive('error', ({ reason }) => refused(reason));
  }

  push(event, payload = {}) {
    return new Promise((resolve, reject) => {
      this.#channel
        .push(event, payload)
        .receive('ok', resolve)
        .receive('error', ({ reason }) => reject(new Error(reason)))
        .receive('timeout', () => reject(new Error('The server does not answer.')));
    });
  }

  /** Says something that is not answered. */
  tell(event, payload) {
    this.#channel.push(event, payload);
  }

  leave() {
    this.#channel.leave();
  }

  /** What is remembered comes with its position in place of a ref: '@8'. */
  #seen(payload, ref) {
    if (this.#position !== undefined && ref?.startsWith('@')) this.#position.offset = Number(ref.slice(1));
    return payload;
  }

  #follow(people) {
    const presence = new Presence(this.#channel);
    presence.onSync(() => people(presence.list((name, { metas }) => ({ name, devices: metas }))));
  }
}
