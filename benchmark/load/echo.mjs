import { Flight } from './flight.mjs';
import { Faults, Ledger } from './ledger.mjs';
import { measure } from './measure.mjs';
import { MessageCheck, numberedText } from './message-check.mjs';
import { FIRST_NUMBER, PreparedCall } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

const LENGTH = 32;

/** Calls that are answered, so many at a time on each connection. */
export async function echo(server, { port, dialect, scenario, timing }) {
  const clients = await openClients(scenario.connections, { port, dialect });
  const load = new EchoLoad(clients, dialect, scenario.outstanding);
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

class EchoLoad {
  flight = new Flight();
  #faults = new Faults();
  #callers;
  #call;
  #check;
  #outstanding;
  #isRunning = false;

  constructor(clients, dialect, outstanding) {
    const id = dialect.hasIds ? String(FIRST_NUMBER) : undefined;
    const text = numberedText(LENGTH);
    this.#outstanding = outstanding;
    this.#call = new PreparedCall(dialect.call('Echo', [text], id), dialect.opcode);
    this.#check = new MessageCheck(dialect, dialect.answer('Echo', id, text), { kind: 'answer', length: LENGTH, hasId: dialect.hasIds });
    this.#callers = clients.map((client) => this.#connect(client));
  }

  get operations() {
    return this.flight.landed;
  }

  begin() {
    this.#isRunning = true;
    for (const caller of this.#callers) this.#send(caller, this.#outstanding);
  }

  end() {
    this.#isRunning = false;
  }

  finish() {
    for (const { client, ledger, issued } of this.#callers) {
      client.close();
      ledger.finish(issued);
    }
    return { faults: this.#faults, decoded: this.#check.decoded };
  }

  #connect(client) {
    const caller = { client, ledger: new Ledger(this.#faults), issued: FIRST_NUMBER, answered: 0 };
    client.onMessage = (_, bytes, start, end) => {
      if (this.#check.take(caller.ledger, caller.issued, bytes, start, end) > 0) caller.answered++;
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
    const bytes = Buffer.allocUnsafe(count * this.#call.length);
    let end = 0;
    for (let i = 0; i < count; i++) end = this.#call.writeTo(bytes, end, caller.issued++);
    caller.client.send(bytes);
    this.flight.start(count);
  }
}
