import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { echoIn } from './echo.mjs';
import { Faults, Ledger } from './ledger.mjs';
import { FIRST_NUMBER } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

/** Calls in a second, of all clients together: far from what a server can do. */
const RATE = 2_000;
/** How often those are sent that are due, in milliseconds. */
const STEP = 5;
/** How long the last answers may take, in milliseconds. */
const PATIENCE = 10_000;

/** How long clients wait that behave: among themselves, and beside one that never reads and one that floods. */
export async function slowClient(server, { port, dialect, dialectName, scenario, timing: { warmUp, seconds } }) {
  const load = new PacedLoad(await openClients(scenario.connections, { port, dialect }), dialect);
  await load.run(warmUp);
  const alone = await load.run(seconds);
  const endMischief = await beginMischief({ port, dialect: dialectName });
  await load.run(warmUp);
  const beside = await load.run(seconds);
  const cuts = await endMischief();
  const figures = { p99Ratio: p99(beside) / p99(alone), p99Alone: p99(alone) * 1_000, p99Beside: p99(beside) * 1_000 };
  return { figures, details: { operations: alone.length + beside.length, cuts }, ...load.finish() };
}

/** On a thread of its own: whoever floods is busy with that, and who waits beside him is not to wait for him. */
async function beginMischief(workerData) {
  const worker = new Worker(new URL('mischief.worker.mjs', import.meta.url), { workerData });
  await once(worker, 'message');
  return async () => {
    worker.postMessage('end');
    const [cuts] = await once(worker, 'message');
    return cuts;
  };
}

function p99(waits) {
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)];
}

/** Calls at a steady pace, whatever becomes of those before: who waits for an answer before he asks again never sees how long others wait. */
class PacedLoad {
  #faults = new Faults();
  #callers;
  #call;
  #check;
  #turn = 0;
  #open = 0;
  #waits = [];

  constructor(clients, dialect) {
    ({ call: this.#call, check: this.#check } = echoIn(dialect));
    this.#callers = clients.map((client) => this.#connect(client));
  }

  /** Gives how long each answer took, in milliseconds. */
  async run(seconds) {
    this.#waits = [];
    const began = performance.now();
    const due = Math.round(seconds * RATE);
    for (let sent = 0; sent < due; await delay(STEP))
      for (const now = performance.now(); sent < due && sent < ((now - began) / 1_000) * RATE; sent++) this.#send();
    for (const end = performance.now() + PATIENCE; this.#open > 0 && performance.now() < end;) await delay(STEP);
    return this.#waits;
  }

  finish() {
    for (const { client, ledger, issued } of this.#callers) {
      client.close();
      ledger.finish(issued);
    }
    return { faults: this.#faults, decoded: this.#check.decoded };
  }

  #connect(client) {
    const caller = { client, ledger: new Ledger(this.#faults), issued: FIRST_NUMBER, since: [] };
    client.onMessage = (_, bytes, start, end) => {
      if (this.#check.take(caller.ledger, caller.issued, bytes, start, end) > 0) this.#answered(caller);
    };
    client.onFailure = (error) => this.#faults.note('wrong', error.message);
    return caller;
  }

  #answered({ since }) {
    this.#open--;
    this.#waits.push(performance.now() - since.shift());
  }

  #send() {
    const caller = this.#callers[this.#turn++ % this.#callers.length];
    const bytes = Buffer.allocUnsafe(this.#call.length);
    this.#call.writeTo(bytes, 0, caller.issued++);
    caller.since.push(performance.now());
    this.#open++;
    caller.client.send(bytes);
  }
}
