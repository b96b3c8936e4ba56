import { Flight } from './flight.mjs';
import { Faults } from './ledger.mjs';
import { measure } from './measure.mjs';
import { ExpectedBytes, FIRST_NUMBER, PreparedCall } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

const LONGEST = 120;

/** Every connection joins a topic and leaves it, again and again. An operation is a join and its leave. */
export async function join(server, { port, dialect, scenario, timing }) {
  const clients = await openClients(scenario.connections, { port, dialect });
  const load = new JoinLoad(clients, dialect, scenario.topics);
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

class JoinLoad {
  flight = new Flight();
  #faults = new Faults();
  #visitors;
  #isRunning = false;

  constructor(clients, dialect, topics) {
    this.#visitors = clients.map((client, index) => this.#connect(client, dialect, `room:${index % topics}`));
  }

  get operations() {
    return this.flight.landed;
  }

  begin() {
    this.#isRunning = true;
    for (const visitor of this.#visitors) this.#visit(visitor);
  }

  end() {
    this.#isRunning = false;
  }

  finish() {
    for (const visitor of this.#visitors) {
      visitor.client.close();
      this.#expectEnd(visitor);
    }
    return { faults: this.#faults, decoded: 0 };
  }

  /** A join is answered, a leave is answered, and then the client is told that its topic is closed. */
  #connect(client, dialect, topic) {
    const ref = String(FIRST_NUMBER);
    const joined = dialect.joined(topic, ref);
    const visitor = {
      client,
      number: FIRST_NUMBER,
      heard: undefined,
      calls: [dialect.join(topic, ref), dialect.leave(topic, ref)].map((call) => new PreparedCall(call, dialect.opcode)),
      answers: [joined, joined, dialect.closed(topic, ref)].map((answer) => new ExpectedBytes(answer)),
    };
    client.onMessage = (_, bytes, start, end) => this.#hear(visitor, bytes, start, end);
    client.onFailure = (error) => this.#faults.note('wrong', error.message);
    return visitor;
  }

  #visit(visitor) {
    this.#expectEnd(visitor);
    const bytes = Buffer.allocUnsafe(visitor.calls.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const call of visitor.calls) end = call.writeTo(bytes, end, visitor.number);
    visitor.heard = 0;
    visitor.client.send(bytes);
    this.flight.start(1);
  }

  #expectEnd({ heard }) {
    if (heard !== undefined) this.#faults.note('missing', 'the end of a visit');
  }

  #hear(visitor, bytes, start, end) {
    const { answers, heard, number } = visitor;
    if (answers[heard]?.equals(number, bytes, start, end) !== true)
      return this.#faults.note('wrong', bytes.toString('latin1', start, Math.min(end, start + LONGEST)));
    if (++visitor.heard === answers.length) this.#close(visitor);
  }

  #close(visitor) {
    visitor.heard = undefined;
    visitor.number++;
    if (this.#isRunning) this.#visit(visitor);
    this.flight.land(1);
  }
}
