import { readFileSync } from 'node:fs';
import { RIVALS, SUBJECT, YARDSTICK } from './peers.mjs';

/** The middle one, or what lies between the two middle ones; undefined of nothing. */
export function median(numbers) {
  const sorted = numbers.filter((number) => Number.isFinite(number)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/**
 * What one series is to another: the median of the ratios within each round, and not the ratio of two medians. A round is over in seconds, a run
 * in half an hour: what the machine does meanwhile is in both figures of a round.
 */
export function ratioOf(figures, others) {
  return median(figures.map((figure, round) => figure / others[round]));
}

/**
 * The rows of a report: what each peer has cost, and whether the subject has reached its goals.
 *
 * @param entries - as `runAll` returns them.
 */
export function rowsOf(scenarios, entries) {
  const measured = (scenario, protocol) => entries.filter((entry) => entry.scenario === scenario.name && entry.protocol === protocol);
  return scenarios.flatMap((scenario) =>
    scenario.protocols
      .filter((protocol) => measured(scenario, protocol).length > 0)
      .flatMap((protocol) =>
        scenario.rows.map((line) => rowOf({ scenario, protocol, line }, measured(scenario, protocol), measured(scenario, 'json'))),
      ),
  );
}

function rowOf({ scenario, protocol, line }, entries, jsonEntries) {
  const { title, figure, digits } = line;
  const series = seriesOf(entries, figure);
  const medians = Object.fromEntries(Object.entries(series).map(([peer, figures]) => [peer, median(figures)]));
  const ratios = Object.fromEntries(Object.keys(series).map((peer) => [peer, ratioOf(series[peer], series[YARDSTICK] ?? [])]));
  const outcome =
    protocol === 'json' ? judge(line.goal, series) : judgeByJson(line.goalToJson, series[SUBJECT], seriesOf(jsonEntries, figure)[SUBJECT]);
  return { key: `${scenario.name}/${protocol}/${figure}`, title, protocol, digits, medians, ratios, faults: faultsOf(entries), ...outcome };
}

/** The figures of all rounds, by peer. */
function seriesOf(entries, figure) {
  return Object.fromEntries(entries.map(({ peer, measurements }) => [peer, measurements.map(({ figures }) => figures[figure])]));
}

/** A measurement that failed is a fault as well. */
function faultsOf(entries) {
  const counts = entries.flatMap(({ measurements }) => measurements.map(({ error, faults }) => (error === undefined ? faults.total : 1)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function judge(goal, series) {
  const subject = series[SUBJECT] ?? [];
  const isBeaten = RIVALS.every((rival) => series[rival] === undefined || ratioOf(subject, series[rival]) < 1);
  if (goal === undefined) return { isBeaten };
  const own = series[goal.of ?? SUBJECT] ?? [];
  const reached = goal.to === undefined ? median(own) : ratioOf(own, series[goal.to] ?? []);
  return { isBeaten, goal, reached, verdict: verdictOn(reached, goal) };
}

/** No gateway speaks MessagePack: it is held against JSON. */
function judgeByJson(goal, own, json = []) {
  const reached = ratioOf(own, json);
  return goal === undefined ? { reached } : { goal, reached, verdict: verdictOn(reached, goal) };
}

/** In the words of the report. */
function verdictOn(reached, { target, aim }) {
  if (reached === undefined) return 'not measured';
  // As precise as the goals are given.
  const rounded = Math.round(reached * 100) / 100;
  if (rounded <= aim) return 'aim';
  return rounded <= target ? 'target' : 'missed';
}

/** Reads what `--out` has written. */
export function readResults(file) {
  const results = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(results.rows)) throw new Error(`${file} holds no results of this benchmark.`);
  return results;
}
