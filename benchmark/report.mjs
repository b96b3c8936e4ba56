import { peers, SUBJECT, YARDSTICK } from './peers.mjs';

/** The whole report in Markdown, as it stands in a README. */
export function report({ rows, settings, versions }) {
  const json = rows.filter(({ protocol }) => protocol === 'json');
  const messagepack = rows.filter(({ protocol }) => protocol === 'messagepack');
  const parts = [
    ...(json.length > 0 ? [peerTable(json)] : []),
    ...(messagepack.length > 0 ? [messagePackTable(messagepack)] : []),
    footnote(rows, settings, versions),
  ];
  return parts.join('\n\n');
}

/** Cells are as wide as the widest of their column, so that the text can be read as it is. */
export function table(heads, lines) {
  const widths = heads.map((head, column) => Math.max(head.length, ...lines.map((line) => line[column].length)));
  const format = (texts) => `| ${texts.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
  return [format(heads), format(widths.map((width) => '-'.repeat(width))), ...lines.map(format)].join('\n');
}

function peerTable(rows) {
  const names = Object.keys(peers).filter((peer) => rows.some(({ medians }) => medians[peer] !== undefined));
  const heads = ['JSON', ...names.map((peer) => peers[peer].title), 'target (aim)', 'reached'];
  return table(
    heads,
    rows.map((row) => [row.title, ...names.map((peer) => cell(row, peer)), goalOf(row), verdictOf(row)]),
  );
}

function messagePackTable(rows) {
  const heads = ['MessagePack', peers[SUBJECT].title, peers[YARDSTICK].title, 'of the hub by JSON', 'target (aim)', 'reached'];
  return table(
    heads,
    rows.map((row) => [row.title, cell(row, SUBJECT), cell(row, YARDSTICK), two(row.reached), goalOf(row), verdictOf(row)]),
  );
}

/** The figure, and in brackets its ratio to the yardstick. */
function cell({ medians, ratios, digits }, peer) {
  const figure = medians[peer]?.toFixed(digits) ?? '';
  return peer === YARDSTICK || ratios[peer] === undefined ? figure : `${figure} (${two(ratios[peer])})`;
}

function goalOf({ goal }) {
  if (goal === undefined) return '';
  const unit = goal.to === undefined || goal.to === YARDSTICK ? '' : ` of ${goal.to}`;
  return `${goal.target} (${goal.aim})${unit}`;
}

function verdictOf({ faults, verdict, isBeaten, reached, goal }) {
  if (faults > 0) return faultsIn(faults);
  const words = verdict === undefined ? [] : [`${verdict}${goal.to === YARDSTICK ? '' : ` ${two(reached)}`}`];
  if (isBeaten === false) words.push('more than a gateway');
  return words.join(', ');
}

function footnote(rows, { rounds, timing, micro }, versions) {
  const faults = rows.reduce((sum, row) => sum + row.faults, 0);
  const checked =
    faults === 0 ? 'every answer was right, none missing, none twice, none out of order' : `${faultsIn(faults)}: these figures are void`;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const what = micro ? 'CPU time of one process' : 'CPU of the server, user and system';
  return `${what}; in brackets the ratio to the naive way, by the median of the rounds. ${rounds === 1 ? 'One round' : `Medians of ${rounds} alternating rounds`} of ${timing.seconds} s; ${checked}. ${names.join(', ')}.`;
}

function faultsIn(count) {
  return count === 1 ? '1 fault' : `${count} faults`;
}

function two(number) {
  return number?.toFixed(2) ?? '';
}
