import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const dist = join(root, 'dist');
const library = 'tsconfig.build.json';
const inputs = ['lib', 'scripts/build.mjs', 'scripts/bundle.mjs', 'scripts/quick-start.mjs', 'package.json', 'tsconfig.json', library];

/** Written last: its time is the build's. Node reads it too: below it, `.js` is CommonJS. */
const marker = join('cjs', 'package.json');

/** Runs a program and settles with its exit code and what it printed. */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject).on('close', (code) => resolve({ code: code ?? 1, output }));
  });

/**
 * @param options - of the compiler, in place of what the project says.
 * @throws with what the compiler printed.
 */
export const compile = async (project, options = []) => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const pretty = process.stdout.isTTY ? 'true' : 'false';
  const { code, output } = await run(process.execPath, [tsc, '-p', project, '--pretty', pretty, ...options]);
  if (code !== 0) throw new Error(`tsc -p ${project} failed.\n${output}`);
};

/** A folder counts as well: its own time is what tells that a file in it was removed. */
const newest = async (path) => {
  const { mtimeMs, isDirectory } = await stat(path).then((stats) => ({ mtimeMs: stats.mtimeMs, isDirectory: stats.isDirectory() }));
  if (!isDirectory) return mtimeMs;
  const names = await readdir(path);
  return Math.max(mtimeMs, ...(await Promise.all(names.map((name) => newest(join(path, name))))));
};

const isStale = async () => {
  const built = await stat(join(dist, marker)).catch(() => undefined);
  if (!built) return true;
  const changed = await Promise.all(inputs.map((input) => newest(join(root, input))));
  return Math.max(...changed) > built.mtimeMs;
};

/**
 * What the compiler writes, by folder. A fifth of it are comments, which Node would read at every start of an application: 2 ms. They belong to the
 * declarations.
 */
const passes = {
  code: ['--removeComments', '--declaration', 'false'],
  esm: ['--emitDeclarationOnly'],
};

const compileAll = async (folder) => {
  const outcomes = await Promise.allSettled(
    Object.entries(passes).map(([name, options]) => compile(library, ['--outDir', join(folder, name), ...options])),
  );
  const failures = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  if (failures.length > 0) throw new Error(failures.join('\n'));
};

/** Puts a folder in the place of `dist`; another build may do the same at the same time. */
const publish = async (folder) => {
  for (;;) {
    await rm(dist, { recursive: true, force: true });
    try {
      return await rename(folder, dist);
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    }
  }
};

/** In a folder of its own, beside `dist` so that its maps lead to the same sources: who runs what is there, or builds too, is not disturbed. */
export const build = async () => {
  const began = new Date();
  const folder = join(root, `.dist-${process.pid}`);
  try {
    await mkdir(folder);
    await compileAll(folder);
    // What the types are does not depend on the format.
    await cp(join(folder, 'esm'), join(folder, 'cjs'), { recursive: true });
    await bundle(join(folder, 'code'), { esm: join(folder, 'esm'), cjs: join(folder, 'cjs') });
    await rm(join(folder, 'code'), { recursive: true });
    await writeFile(join(folder, marker), '{"type":"commonjs"}\n');
    // What was saved while the compiler was running is newer than what it has read.
    await utimes(join(folder, marker), began, began);
    await publish(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const buildIfStale = async () => {
  if (!(await isStale())) return;
  console.log('Building the library.');
  await build();
};

/** Runs a script's work when it was started by name, and not when another script imports it. */
export const main = async (url, work) => {
  if (process.argv[1] !== fileURLToPath(url)) return;
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
};

await main(import.meta.url, () => (process.argv.includes('--if-stale') ? buildIfStale() : build()));
