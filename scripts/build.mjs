import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { ascii, bare, quickWs } from './quick-start.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const dist = join(root, 'dist');
const projects = { esm: 'tsconfig.build.json', cjs: 'tsconfig.cjs.json' };
const inputs = ['lib', 'scripts/build.mjs', 'scripts/quick-start.mjs', 'package.json', 'tsconfig.json', ...Object.values(projects)];

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

/** What the manifest lets people import as ES modules, by name: `index`, `testing/index`. */
const entryPoints = async (esm) => {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.import.default]));
  const names = files.map((file) => file.replace(/^.*\/esm\/|\.js$/g, ''));
  return Object.fromEntries(names.map((name) => [name, join(esm, `${name}.js`)]));
};

/** What the compiler has made of a file, with the map that leads back to its source. */
const compiled = {
  name: 'compiled',
  load: async (id) => ({ code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }),
};

/** The helper for decorators that the compiler writes into each file looks for one at `this`, which a module does not have. */
const complain = ({ code, message }) => {
  if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
};

/** Stays an import. */
const external = (id) => !/^[./]/.test(id) && !quickWs.loads(id);

/**
 * Joins the ES modules to one for each entry point and one that these share: Node loads a hundred small files 40 ms slower, at every start of an
 * application. The declarations stay as they are.
 */
const bundle = async (esm) => {
  const input = await entryPoints(esm);
  const joined = await rollup({ input, external, plugins: [quickWs, compiled], treeshake: false, onwarn: complain });
  const { output } = await joined.generate({ dir: esm, chunkFileNames: 'shared-[hash].js', sourcemap: true, minifyInternalExports: false });
  const modules = (await readdir(esm, { recursive: true })).filter((name) => /\.js(\.map)?$/.test(name));
  await Promise.all(modules.map((name) => rm(join(esm, name))));
  await Promise.all(output.map(({ fileName, code, source }) => writeFile(join(esm, fileName), ascii(code) ?? source)));
};

const compileAll = async (folder) => {
  const passes = await Promise.allSettled(
    Object.entries(projects).map(([kind, project]) => compile(project, ['--outDir', join(folder, kind), ...bare[kind]])),
  );
  const failures = passes.filter((pass) => pass.status === 'rejected').map((pass) => pass.reason.message);
  if (failures.length > 0) throw new Error(failures.join('\n'));
};

/** What the types are does not depend on the format. */
const copyDeclarations = async (from, to) => {
  const names = (await readdir(from, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  await Promise.all(names.map((name) => copyFile(join(from, name), join(to, name))));
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
    await copyDeclarations(join(folder, 'cjs'), join(folder, 'esm'));
    await bundle(join(folder, 'esm'));
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

await main(import.meta.url, build);
