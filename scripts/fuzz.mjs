import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const usage = `npm run fuzz -- [options]

  --minutes <n>   how long, 5
  --seed <n>      only one round, with the seed of one that has failed
  --factor <n>    how many times as much as in CI one round tries, 10; part of what makes a round the same
  --only <name>   only these of test/fuzz: protocols, dialects, urls, entrance …`;

const parse = (args) =>
  parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string' },
      factor: { type: 'string', default: '10' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  }).values;

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

/** Whether everything held with this seed. */
function round(seed, { factor, only }) {
  console.error(`Seed ${seed}`);
  const args = ['--selectProjects', 'nest-12', '--testTimeout', '3600000', '--testPathPatterns', `test/fuzz/.*${only}`];
  const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...args], {
    cwd: root,
    env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_FACTOR: factor },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function main(args) {
  const values = parse(args);
  if (values.help) return console.log(usage);
  for (const name of ['minutes', 'factor']) if (!(Number(values[name]) > 0)) throw new Error(`--${name} takes a number above 0.`);
  const end = performance.now() + Number(values.minutes) * 60_000;
  do {
    const seed = values.seed ?? randomInt(2 ** 31);
    if (round(seed, values)) continue;
    console.error(`It has failed. The same again: npm run fuzz -- --seed ${seed} --factor ${values.factor}`);
    process.exitCode = 1;
    return;
  } while (values.seed === undefined && performance.now() < end);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
