import { SUBJECT, YARDSTICK } from './peers.mjs';
import { table } from './report.mjs';

/** What two runs of the same code differ by, on a machine that does other things as well. */
const NOISE = 0.1;

/**
 * What has changed between two runs. The hub's ratio to another peer is compared, and not its microseconds: those tell machines and hours apart
 * rather than branches. That peer is the naive server, unless the row has its goal beside another one. Where there is no such figure the
 * hub's own has to do.
 */
export function changes(before, after) {
  return after.rows.flatMap((row) => {
    const old = before.rows.find(({ key }) => key === row.key);
    if (old?.medians[SUBJECT] === undefined || row.medians[SUBJECT] === undefined) return [];
    const pair = comparable(old, row);
    return [{ key: row.key, title: row.title, protocol: row.protocol, ...pair, ...change(pair, old.faults + row.faults) }];
  });
}

function comparable(old, row) {
  const of = row.goal?.to ?? YARDSTICK;
  const [before, after] = [old, row].map((each) => (of === YARDSTICK ? each.ratios[SUBJECT] : each.reached));
  if (before !== undefined && after !== undefined) return { of, before, after };
  return { of: undefined, before: old.medians[SUBJECT], after: row.medians[SUBJECT] };
}

function change({ before, after }, faults) {
  const difference = after / before - 1;
  if (faults > 0) return { difference, verdict: 'void, for there were faults' };
  const verdict = Math.abs(difference) <= NOISE ? 'same' : difference > 0 ? 'worse' : 'better';
  return { difference, verdict };
}

/** The same as a table. */
export function compareReport(before, after) {
  const rows = changes(before, after);
  if (rows.length === 0) return 'The two files have no row in common.';
  const percent = (difference) => `${difference > 0 ? '+' : ''}${(difference * 100).toFixed(1)} %`;
  const lines = rows.map((row) => [
    row.title,
    row.protocol,
    row.of ?? '',
    row.before.toFixed(2),
    row.after.toFixed(2),
    percent(row.difference),
    row.verdict,
  ]);
  return table(['row', 'protocol', 'in relation to', 'before', 'after', 'change', `beyond ${NOISE * 100} %`], lines);
}
