import { CallLoad } from './calls.mjs';
import { clientFrame } from './frames.mjs';
import { measure } from './measure.mjs';
import { MessageCheck } from './message-check.mjs';
import { FIRST_NUMBER, PreparedCall } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

const ITEMS = 1_000;
/** What is said in one go the official client sends in one frame, or in few. */
const ITEMS_PER_FRAME = 100;
const STREAM_ID = '1';

/** Every connection uploads one stream after the other, and is told how many items came and their sum. An operation is an item. */
export async function upload(server, { port, dialect, scenario, timing }) {
  const clients = await openClients(scenario.connections, { port, dialect });
  const load = new CallLoad(clients, { call: new PreparedUpload(dialect), check: checkIn(dialect), outstanding: 1, operations: ITEMS });
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

function checkIn(dialect) {
  const value = { count: ITEMS, sum: (ITEMS * (ITEMS - 1)) / 2 };
  return new MessageCheck(dialect, dialect.answer('Sum', String(FIRST_NUMBER), value), { kind: 'answer', value });
}

/** A call, all items of its upload, and their end, ready to be sent; of one upload to the next only the call's number changes. */
class PreparedUpload {
  #call;
  #items;

  constructor(dialect) {
    this.#call = new PreparedCall(dialect.call('Sum', [], String(FIRST_NUMBER), [STREAM_ID]), dialect.opcode);
    this.#items = Buffer.concat(framesOf(dialect));
  }

  get length() {
    return this.#call.length + this.#items.length;
  }

  /** As {@link PreparedCall.writeTo}. */
  writeTo(target, offset, number) {
    target.set(this.#items, this.#call.writeTo(target, offset, number));
    return offset + this.length;
  }
}

function framesOf(dialect) {
  const records = Array.from({ length: ITEMS }, (_, item) => dialect.record(dialect.item(STREAM_ID, item)));
  const payloads = [];
  while (records.length > 0) payloads.push(Buffer.concat(records.splice(0, ITEMS_PER_FRAME)));
  return [...payloads, dialect.record(dialect.end(STREAM_ID))].map((payload) => clientFrame(payload, dialect.opcode).bytes);
}
