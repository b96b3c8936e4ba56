import { Flight } from './flight.mjs';
import { Faults, Ledger } from './ledger.mjs';
import { measure } from './measure.mjs';
import { FIRST_NUMBER } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';
import { StreamCheck } from './stream-check.mjs';

/** As many as an Observable may say in one go to a client that reads nothing meanwhile. */
const ITEMS = 1_000;
const ID = '1';

/** Every connection reads one stream after the other. An operation is an item. */
export async function stream(server, { port, dialect, scenario, timing }) {
  const clients = await openClients(scenario.connections, { port, dialect });
  const load = new StreamLoad(clients, dialect, scenario.method);
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

/** The numbers of a stream go on where those of the connection's last one have ended. */
class StreamLoad {
  flight = new Flight();
  #faults = new Faults();
  #dialect;
  #method;
  #check;
  #readers;
  #isRunning = false;

  constructor(clients, dialect, method) {
    this.#dialect = dialect;
    this.#method = method;
    this.#check = new StreamCheck(dialect, ID);
    this.#readers = clients.map((client) => this.#connect(client));
  }

  get operations() {
    return this.flight.landed * ITEMS;
  }

  begin() {
    this.#isRunning = true;
    for (const reader of this.#readers) this.#open(reader);
  }

  end() {
    this.#isRunning = false;
  }

  finish() {
    for (const reader of this.#readers) {
      reader.client.close();
      reader.ledger.finish(reader.issued);
      this.#expectEnd(reader);
    }
    return { faults: this.#faults, decoded: this.#check.decoded };
  }

  #connect(client) {
    const reader = { client, ledger: new Ledger(this.#faults), issued: FIRST_NUMBER, isOpen: false };
    client.onMessage = (_, bytes, start, end) => {
      if (!this.#check.isEnd(bytes, start, end)) this.#check.take(reader, bytes, start, end);
      else if (reader.isOpen) this.#close(reader);
      else this.#faults.note('doubled', 'the end of a stream');
    };
    client.onFailure = (error) => this.#faults.note('wrong', error.message);
    return reader;
  }

  #open(reader) {
    this.#expectEnd(reader);
    reader.client.say(this.#dialect.streamCall(this.#method, [reader.issued, ITEMS], ID));
    reader.issued += ITEMS;
    reader.isOpen = true;
    this.flight.start(1);
  }

  #expectEnd({ isOpen }) {
    if (isOpen) this.#faults.note('missing', 'the end of a stream');
  }

  /** What has not come by now comes too late, if at all. */
  #close(reader) {
    reader.ledger.skipTo(reader.issued);
    reader.isOpen = false;
    if (this.#isRunning) this.#open(reader);
    this.flight.land(1);
  }
}
