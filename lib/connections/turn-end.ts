import { Queue } from '../common/queue.js';

/** What has something to write at the end of the turn. */
export interface Writer {
  turnEnded(): void;
}

/**
 * So many are written to in a turn of the event loop. A broadcast to more leaves it to timers and to what others say in between, and who is spoken to
 * again while he waits gets both in one piece: with two broadcasts to 1,000 under way a delivery takes 6.8 µs, and 9.1 where all are written to in
 * one turn.
 */
const AT_ONCE = 128;

let due: Writer[] = [];
const leftOver = new Queue<Writer>();

/** Writes at the end of the turn, in one callback for all of the process: a broadcast to 1,000 peers schedules once. */
export function atEndOfTurn(writer: Writer): void {
  if (due.push(writer) === 1) process.nextTick(writeDue);
}

/** Who is spoken to in this turn does not wait for those that a broadcast has left over. */
function writeDue(): void {
  const writers = due;
  due = [];
  leave(writers.splice(AT_ONCE));
  for (const writer of writers) writer.turnEnded();
}

function leave(writers: readonly Writer[]): void {
  if (leftOver.length === 0 && writers.length > 0) setImmediate(writeLeftOver);
  for (const writer of writers) leftOver.push(writer);
}

function writeLeftOver(): void {
  const count = Math.min(AT_ONCE, leftOver.length);
  if (leftOver.length > count) setImmediate(writeLeftOver);
  for (let i = 0; i < count; i++) leftOver.shift().turnEnded();
}
