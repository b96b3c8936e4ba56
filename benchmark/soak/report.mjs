import { trendOf } from './trend.mjs';

const MEGABYTE = 2 ** 20;

/** A megabyte, and as many handles as a few clients have. */
const LEAST = { heap: MEGABYTE, handles: 20 };

const columns = {
  minute: ({ minutes }) => minutes.toFixed(1),
  'came and went': ({ lives }) => String(lives),
  connections: ({ connections }) => String(connections),
  'heap MB': ({ heap }) => megabytes(heap),
  'resident MB': ({ rss }) => megabytes(rss),
  handles: ({ handles }) => String(handles),
  'delay p99 ms': ({ delay }) => delay.p99.toFixed(0),
  'longest ms': ({ delay }) => delay.longest.toFixed(0),
  faults: ({ faults }) => String(faults),
};

/** The first two lines of the table. */
export function head() {
  const names = Object.keys(columns);
  return [names, names.map((name) => '-'.repeat(name.length))].map(line).join('\n');
}

/** One line of it. */
export function row(sample) {
  return line(Object.entries(columns).map(([name, write]) => write(sample).padStart(name.length)));
}

/**
 * What the whole says.
 *
 * @param samples - of the time in which the crowd was there; `after` is when it has left.
 */
export function verdict(samples, after, faults) {
  const heap = trendIn(samples, 'heap');
  const handles = trendIn(samples, 'handles');
  const findings = [
    heap.isLeak && 'the heap grows',
    handles.isLeak && 'the handles grow',
    after.connections > 0 && 'connections are left',
    faults.size > 0 && 'the well-behaved had to suffer',
  ].filter((finding) => finding !== false);
  return { isGood: findings.length === 0, text: textOf({ heap, handles, samples, after, faults, findings }) };
}

/** How many of each kind have come and gone, as one line. */
export function census(kinds) {
  return `Came and went: ${Array.from(kinds, ([name, lives]) => `${lives} ${name}`).join(', ')}.`;
}

function textOf({ heap, handles, samples, after, faults, findings }) {
  return [
    `Heap: ${megabytes(heap.mean)} MB over the second half, ${signed(heap.slope / MEGABYTE)} MB a minute with as many connections.`,
    `Handles: ${handles.mean.toFixed(0)} over the second half, ${signed(handles.slope)} a minute with as many connections.`,
    `When all have left: ${after.connections} connections, ${megabytes(after.heap)} MB, ${after.handles} handles; at first ${megabytes(samples[0].heap)} MB.`,
    ...Array.from(faults, ([fault, times]) => `${times} times ${fault}`),
    findings.length === 0 ? 'Nothing leaks.' : `Not good: ${findings.join(', ')}.`,
  ].join('\n');
}

function trendIn(samples, name) {
  return trendOf(
    samples.map(({ minutes, connections, [name]: value }) => ({ minutes, crowd: connections, value })),
    LEAST[name],
  );
}

function line(texts) {
  return `| ${texts.join(' | ')} |`;
}

function megabytes(bytes) {
  return (bytes / MEGABYTE).toFixed(1);
}

function signed(number) {
  return `${number < 0 ? '' : '+'}${number.toFixed(3)}`;
}
