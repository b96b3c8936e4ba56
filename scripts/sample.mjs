import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildIfStale, compile, main, root } from './build.mjs';

const samples = () =>
  readdirSync(join(root, 'sample'), { withFileTypes: true })
    .filter((entry) => existsSync(join(root, 'sample', entry.name, 'tsconfig.json')))
    .map((entry) => entry.name)
    .sort();

const chosen = () => {
  const name = process.argv[2];
  const names = existsSync(join(root, 'sample')) ? samples() : [];
  if (name !== undefined && names.includes(name)) return name;
  throw new Error(`Name one of the samples: ${names.join(', ') || 'there are none yet'}.`);
};

/** A terminal gives Ctrl-C to the sample as well; passing it on would make it two, which many servers take for "now". */
const passOnSignals = (child) => {
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
};

const start = (name) =>
  new Promise((resolve, reject) => {
    const entry = join(root, 'dist', 'sample', name, 'main.js');
    const child = spawn(process.execPath, ['--enable-source-maps', entry, ...process.argv.slice(3)], { cwd: root, stdio: 'inherit' });
    passOnSignals(child);
    child.on('error', reject).on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });

await main(import.meta.url, async () => {
  const name = chosen();
  await buildIfStale();
  await compile(join('sample', name, 'tsconfig.json'));
  process.exitCode = await start(name);
});
