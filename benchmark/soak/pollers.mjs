const HEADERS = { 'Content-Type': 'application/x-ndjson' };
/** Polls after which an answer has to be there: others may say something in between. */
const MOST_POLLS = 20;

/** A client of Phoenix without a WebSocket: what it hears it polls for. */
class Poller {
  #url;

  constructor(url) {
    this.#url = url;
  }

  static async open(port) {
    const url = `http://127.0.0.1:${port}/socket/longpoll?vsn=2.0.0`;
    const { token } = await (await fetch(url)).json();
    return new Poller(`${url}&token=${encodeURIComponent(token)}`);
  }

  async say(...frames) {
    const body = frames.map((frame) => JSON.stringify(frame)).join('\n');
    const { status } = await (await fetch(this.#url, { method: 'POST', headers: HEADERS, body })).json();
    if (status !== 200) throw new Error(`What was posted was answered with ${status}.`);
  }

  async poll(signal) {
    const { messages = [] } = await (await fetch(this.#url, { signal })).json();
    return messages.map((text) => JSON.parse(text));
  }

  async hear(ref) {
    for (let polls = 0; polls < MOST_POLLS; polls++) {
      const answer = (await this.poll()).find((message) => message[1] === ref);
      if (answer !== undefined) return answer[4];
    }
    throw new Error('The answer has come with none of the polls.');
  }
}

/** Joins a topic, says something there, and leaves it, or is gone in the midst of a poll. */
export async function pollPhoenix({ port }, topic, leaves) {
  const poller = await Poller.open(port);
  await poller.say(['1', '1', topic, 'phx_join', {}], ['1', '2', topic, 'Echo', { text: 'text' }]);
  const { status, response } = await poller.hear('2');
  if (status !== 'ok' || response.text !== 'text') throw new Error(`'${JSON.stringify(response)}' has come back for 'text'.`);
  if (leaves) await poller.say(['1', '3', topic, 'phx_leave', {}]);
  else await poller.poll(AbortSignal.timeout(100)).catch(() => {});
}
