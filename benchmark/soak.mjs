import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { buildIfStale } from '../scripts/build.mjs';
import { ServerProcess } from './load/server-process.mjs';
import { Crowd } from './soak/crowd.mjs';
import { census, head, row, verdict } from './soak/report.mjs';

const usage = `npm run soak -- [options]

  --minutes <n>   how long, 30`;

const MINUTE = 60_000;
/** More often than lines are written: a trend needs points. */
const SAMPLE = 10_000;
/** What was left without a word is given up by then: polls after 15 seconds, silence after 30. */
const AFTERMATH = 40_000;

const parse = (args) =>
  parseArgs({ args, options: { minutes: { type: 'string', default: '30' }, help: { type: 'boolean', default: false } } }).values;

/** How the server is now, and how many have come and gone. */
async function look(server, crowd, began) {
  const health = await server.ask('health');
  const faults = Array.from(crowd.faults.values()).reduce((sum, times) => sum + times, 0);
  return { ...health, minutes: (performance.now() - began) / MINUTE, lives: crowd.lives, faults };
}

/** Looks again and again, and writes a line each minute with the worst delay of it. */
async function watch(server, crowd, minutes) {
  const began = performance.now();
  const samples = [];
  let worst = { p99: 0, longest: 0 };
  let due = MINUTE;
  console.log(head());
  while (performance.now() - began < minutes * MINUTE) {
    await delay(SAMPLE);
    const sample = await look(server, crowd, began);
    samples.push(sample);
    worst = { p99: Math.max(worst.p99, sample.delay.p99), longest: Math.max(worst.longest, sample.delay.longest) };
    if (performance.now() - began < due) continue;
    console.log(row({ ...sample, delay: worst }));
    worst = { p99: 0, longest: 0 };
    due += MINUTE;
  }
  return samples;
}

async function soak(minutes) {
  await buildIfStale();
  const server = new ServerProcess('soak.mjs');
  try {
    const { port } = await server.started();
    const crowd = new Crowd({ port });
    crowd.begin();
    const samples = await watch(server, crowd, minutes);
    await crowd.end();
    console.log(`\n${census(crowd.kinds)}`);
    await delay(AFTERMATH);
    return verdict(samples, await look(server, crowd, 0), crowd.faults);
  } finally {
    await server.stop();
  }
}

async function main(args) {
  const { minutes, help } = parse(args);
  if (help) return console.log(usage);
  if (!(Number(minutes) > 0)) throw new Error('--minutes takes a number above 0.');
  const { isGood, text } = await soak(Number(minutes));
  console.log(`\n${text}`);
  if (!isGood) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
