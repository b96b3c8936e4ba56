import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildIfStale } from '../scripts/build.mjs';
import { compareReport } from './compare.mjs';
import { runMicro } from './micro.mjs';
import { readOptions, usage } from './options.mjs';
import { report } from './report.mjs';
import { readResults, rowsOf } from './results.mjs';
import { runAll } from './run.mjs';

/** Not to standard output: that is for the tables. */
const say = (sentence) => console.error(sentence);

/** What the figures depend on besides the machine. */
function versions() {
  const require = createRequire(import.meta.url);
  const versionOf = (name) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;
  const names = ['nestjs-signalr', '@nestjs/core', 'ws', 'socket.io'];
  return { node: process.version.slice(1), ...Object.fromEntries(names.map((name) => [name, versionOf(name)])) };
}

async function measure(options) {
  // What is measured is dist/.
  await buildIfStale();
  const run = options.micro ? runMicro : runAll;
  const entries = await run(options, say);
  return { rows: rowsOf(options.scenarios, entries), entries };
}

async function main(args) {
  const options = readOptions(args);
  if (options.help) return console.log(usage);
  if (options.compare) return console.log(compareReport(...options.files.map(readResults)));
  const { rounds, timing, micro } = options;
  const results = { settings: { rounds, timing, micro }, versions: versions(), ...(await measure(options)) };
  console.log(report(results));
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(results, undefined, 2)}\n`);
  if (results.rows.some(({ faults }) => faults > 0)) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error) => {
  say(error.message);
  process.exitCode = 1;
});
