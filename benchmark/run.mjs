import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { peers } from './peers.mjs';

const GENERATOR = fileURLToPath(new URL('load/generator.mjs', import.meta.url));

/**
 * Measures every scenario in rounds: in each round one server after the other, the next round in the opposite order, so that a machine that
 * grows slower or faster meanwhile does it to all of them.
 *
 * @param say - told what was measured as it happens.
 * @returns one entry per scenario, protocol and peer, with the measurements of all rounds.
 */
export async function runAll(options, say) {
  const entries = [];
  for (const scenario of options.scenarios) entries.push(...(await runRounds(scenario, options, say)));
  return entries;
}

async function runRounds(scenario, options, say) {
  const entries = entriesOf(scenario, options);
  for (let round = 1; round <= options.rounds; round++) {
    const order = round % 2 === 1 ? entries : entries.toReversed();
    for (const entry of order) {
      for (let repeat = 0; repeat < (scenario.repeats ?? 1); repeat++) entry.measurements.push(await measureOne(entry, scenario, options));
      say(
        `${scenario.name}, round ${round} of ${options.rounds}: ${entry.peer}, ${entry.protocol}: ${describe(entry.measurements.at(-1))}`,
      );
    }
  }
  return entries;
}

/** Both protocols take part in a round, for one is held against the other. */
function entriesOf(scenario, options) {
  return scenario.protocols
    .filter((protocol) => options.protocols.includes(protocol))
    .flatMap((protocol) =>
      options.peers
        .filter((peer) => protocol in peers[peer].dialects && takesPart(peer, scenario))
        .map((peer) => ({ scenario: scenario.name, protocol, peer, measurements: [] })),
    );
}

function takesPart(peer, { without = [], guests = [] }) {
  return peers[peer].isGuest === true ? guests.includes(peer) : !without.includes(peer);
}

/** A load generator for each measurement, as each has a server of its own: nobody inherits another one's heap. */
async function measureOne({ peer, protocol, measurements }, scenario, { timing, 'cpu-prof': folder }) {
  const { server, dialects } = peers[peer];
  const generator = fork(GENERATOR, { execArgv: ['--max-semi-space-size=64'] });
  const name = `${scenario.name}.${protocol}.${peer}.${measurements.length + 1}.cpuprofile`;
  const profile = folder === undefined ? undefined : { folder, name };
  generator.send({ server, profile, dialect: dialects[protocol], scenario, timing });
  const ended = once(generator, 'exit').then(() => [{ error: 'The load generator has ended without a word.' }]);
  const [{ result, error }] = await Promise.race([once(generator, 'message'), ended]);
  await ended;
  return result ?? { error, figures: {}, details: {} };
}

function describe({ error, figures, details, faults, decoded }) {
  if (error !== undefined) return `FAILED: ${error}`;
  const numbers = Object.entries({ ...figures, ...details }).map(([name, value]) => `${name} ${Number(value.toFixed(2))}`);
  if (faults.total > 0) numbers.push(`${faults.total} FAULTS: ${faults.samples.join('; ')}`);
  if (decoded > 0) numbers.push(`${decoded} answers were not written as expected, and had to be read`);
  return numbers.join(', ');
}
