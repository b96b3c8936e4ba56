import { SUBJECT, YARDSTICK } from './peers.mjs';
import { table } from './report.mjs';

/** What two runs of the same code differ by, on a machine that does other things as well. */
const NOISE = 0.1;

/**
 * What has changed between two runs. The hub's ratio to the naive server is compared, and not its microseconds: those tell machines and
 * hours apart rather than branches. Where there is no naive figure the hub's own has to do.
 */
export function changes(before, after) {
  return after.rows.flatMap((row) => {
    const old = before.rows.find(({ key }) => key === row.key);
    if (old?.medians[SUBJECT] === undefined || row.medians[SUBJECT] === undefined) return [];
    const pair = comparable(old, row);
    return [{ key: row.key, title: row.title, ...pair, ...change(pair) }];
  });
}

function comparable(old, row) {
  const [before, after] = [old.ratios[SUBJECT], row.ratios[SUBJECT]];
  if (before !== undefined && after !== undefined) return { of: YARDSTICK, before, after };
  return { of: undefined, before: old.medians[SUBJECT], after: row.medians[SUBJECT] };
}

function change({ before, after }) {
  const difference = after / before - 1;
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
    row.of ?? '',
    row.before.toFixed(2),
    row.after.toFixed(2),
    percent(row.difference),
    row.verdict,
  ]);
  return table(['row', 'in relation to', 'before', 'after', 'change', `beyond ${NOISE * 100} %`], lines);
}
