import { Flight } from './flight.mjs';
import { Faults, Ledger } from './ledger.mjs';
import { measure } from './measure.mjs';
import { MessageCheck, numberedText } from './message-check.mjs';
import { FIRST_NUMBER, PreparedCall } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

const LENGTH = 64;
/** Two at a time: the server has the next one before it is done with the last. */
const OUTSTANDING = 2;

/** Messages from one client to all, or to one group after the other. An operation is a delivery. */
export async function fanOut(server, { port, dialect, scenario, timing }) {
  const clients = await openClients(scenario.connections, { port, dialect });
  const { groups = 0 } = scenario;
  if (groups > 0) await Promise.all(clients.map((client, index) => join(client, dialect, groupName(index % groups))));
  const load = new FanOutLoad(clients, dialect, groups);
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

function groupName(group) {
  return `group-${group}`;
}

/** Settles when the server has said that the client is in the group. */
function join(client, dialect, name) {
  return new Promise((resolve, reject) => {
    client.onFailure = reject;
    client.onMessage = (_, bytes, start, end) => {
      const { kind } = dialect.read(Buffer.from(bytes.subarray(start, end)));
      if (kind === 'answer') resolve();
      else reject(new Error(`JoinGroup was answered by ${bytes.toString('latin1', start, end)}`));
    };
    client.say(dialect.call('JoinGroup', [name], dialect.hasIds ? '1' : undefined));
  });
}

/** Message number n is for group n modulo the number of groups, so a member knows the numbers that are to come to it. */
class FanOutLoad {
  flight = new Flight();
  #faults = new Faults();
  #clients;
  #ledgers;
  #calls;
  #check;
  #members;
  #issued = FIRST_NUMBER;
  /** How many members have each message that is under way. */
  #arrived = new Map();
  #isRunning = false;

  constructor(clients, dialect, groups) {
    const text = numberedText(LENGTH);
    const payloads =
      groups === 0
        ? [dialect.call('Broadcast', [text])]
        : Array.from({ length: groups }, (_, group) => dialect.call('SendGroup', [groupName(group), text]));
    this.#calls = payloads.map((payload) => new PreparedCall(payload, dialect.opcode));
    this.#check = new MessageCheck(dialect, dialect.event('Message', text), { kind: 'event', target: 'Message', length: LENGTH });
    this.#members = clients.length / payloads.length;
    this.#clients = clients;
    this.#ledgers = clients.map((client, index) => this.#listen(client, index));
  }

  get operations() {
    return this.flight.landed * this.#members;
  }

  begin() {
    this.#isRunning = true;
    this.#send(OUTSTANDING);
  }

  end() {
    this.#isRunning = false;
  }

  finish() {
    for (const client of this.#clients) client.close();
    for (const ledger of this.#ledgers) ledger.finish(this.#issued);
    return { faults: this.#faults, decoded: this.#check.decoded };
  }

  #listen(client, index) {
    const groups = this.#calls.length;
    const ledger = new Ledger(this.#faults, FIRST_NUMBER + (index % groups), groups);
    client.onMessage = (_, bytes, start, end) => {
      const number = this.#check.take(ledger, this.#issued, bytes, start, end);
      if (number > 0) this.#arrive(number);
    };
    client.onFailure = (error) => this.#faults.note('wrong', error.message);
    return ledger;
  }

  #arrive(number) {
    const arrived = (this.#arrived.get(number) ?? 0) + 1;
    this.#arrived.set(number, arrived);
    if (arrived === this.#members) this.#complete(number);
  }

  #complete(number) {
    this.#arrived.delete(number);
    if (this.#isRunning) this.#send(1);
    this.flight.land(1);
  }

  #send(count) {
    for (let i = 0; i < count; i++) {
      const number = this.#issued++;
      const call = this.#calls[(number - FIRST_NUMBER) % this.#calls.length];
      const bytes = Buffer.allocUnsafe(call.length);
      call.writeTo(bytes, 0, number);
      this.#clients[0].send(bytes);
    }
    this.flight.start(count);
  }
}
