import { Flight } from './flight.mjs';
import { Faults, Ledger } from './ledger.mjs';
import { FIRST_NUMBER } from './numbered-bytes.mjs';

/** Calls that are answered, so many at a time on each connection. */
export class CallLoad {
  flight = new Flight();
  #faults = new Faults();
  #callers;
  #work;
  #isRunning = false;

  /** @param work - the prepared `call`, the `check` of its answer, how many are `outstanding`, and how many `operations` a call is. */
  constructor(clients, work) {
    this.#work = work;
    this.#callers = clients.map((client) => this.#connect(client));
  }

  get operations() {
    return this.flight.landed * this.#work.operations;
  }

  begin() {
    this.#isRunning = true;
    for (const caller of this.#callers) this.#send(caller, this.#work.outstanding);
  }

  end() {
    this.#isRunning = false;
  }

  finish() {
    for (const { client, ledger, issued } of this.#callers) {
      client.close();
      ledger.finish(issued);
    }
    return { faults: this.#faults, decoded: this.#work.check.decoded };
  }

  #connect(client) {
    const caller = { client, ledger: new Ledger(this.#faults), issued: FIRST_NUMBER, answered: 0 };
    client.onMessage = (_, bytes, start, end) => {
      if (this.#work.check.take(caller.ledger, caller.issued, bytes, start, end) > 0) caller.answered++;
    };
    client.onRead = () => this.#goOn(caller);
    client.onFailure = (error) => this.#faults.note('wrong', error.message);
    return caller;
  }

  /** As many calls as were answered by one read go out by one write: a client does what the server allows it to. */
  #goOn(caller) {
    const { answered } = caller;
    if (answered === 0) return;
    caller.answered = 0;
    if (this.#isRunning) this.#send(caller, answered);
    this.flight.land(answered);
  }

  #send(caller, count) {
    const { call } = this.#work;
    const bytes = Buffer.allocUnsafe(count * call.length);
    let end = 0;
    for (let i = 0; i < count; i++) end = call.writeTo(bytes, end, caller.issued++);
    caller.client.send(bytes);
    this.flight.start(count);
  }
}
