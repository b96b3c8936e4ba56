import { mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { buildIfStale, main, root, run } from './build.mjs';
import { checkEnding } from './packed-application.mjs';

const promised = {
  '.': ['SignalRModule', 'HubException'],
  './browser': ['ChainSocket', 'ChainChannel', 'ChainPush'],
  './throttler': ['SignalRThrottlerGuard'],
};

const publishable = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^docs\/[\w-]+\.md$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/(esm|cjs)\/shared-[\w-]+\.js(\.map)?$/,
  /^dist\/(?<format>esm|cjs)\/(?<source>.+)(\.js|\.js\.map|\.d\.ts)$/,
];

const succeed = async (command, args, options) => {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} failed.\n${output}`);
  return output;
};

const pack = async (folder) => {
  await succeed('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  return join(folder, tarball);
};

const checkWithPublint = async (tarball, manifest) => {
  const content = await readFile(tarball);
  const { messages } = await publint({ pack: { tarball: Uint8Array.from(content).buffer }, level: 'suggestion', strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
};

const checkTypes = async (tarball) => {
  const attw = join(root, 'node_modules', '.bin', 'attw');
  const { code, output } = await run(attw, [tarball, '--profile', 'strict', '--no-definitely-typed', '--no-emoji', '--no-color']);
  return code === 0 ? [] : [`attw:\n${output}`];
};

const unpack = async (tarball, folder, name) => {
  const home = join(folder, 'node_modules', name);
  await mkdir(home, { recursive: true });
  await succeed('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  return home;
};

/** Only what the manifest asks for is linked, so that a dependency nobody declared is missed here and not by a user. */
const linkDependencies = async (folder, manifest) => {
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const installed = join(root, 'node_modules', name);
    const link = join(folder, 'node_modules', name);
    if (!existsSync(installed)) continue;
    await mkdir(dirname(link), { recursive: true });
    await symlink(installed, link, 'dir');
  }
};

const filesIn = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
};

const strangeness = (path) => {
  const match = publishable.map((pattern) => pattern.exec(path)).find((found) => found !== null);
  if (!match) return `${path} does not belong into the package.`;
  const source = match.groups?.source;
  return source === undefined || existsSync(join(root, 'lib', `${source}.ts`)) ? undefined : `${path} was built from no file of lib.`;
};

const checkContents = async (home) => {
  const paths = await filesIn(home);
  const findings = paths.map(strangeness).filter((finding) => finding !== undefined);
  for (const needed of ['LICENSE', 'package.json']) if (!paths.includes(needed)) findings.push(`${needed} is missing in the package.`);
  const places = [...new Set([root, await realpath(root)])];
  for (const path of paths) {
    const text = await readFile(join(home, path), 'utf8');
    if (places.some((place) => text.includes(place))) findings.push(`${path} names the folder that it was built in.`);
  }
  return findings;
};

const entriesOf = (manifest) => Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));

const requirer = `
exports.load = (specifier) => require(specifier);
`;

const importer = `
import required from './required.cjs';
const [name, entries, promised] = JSON.parse(process.argv[2]);
for (const entry of entries) {
  const specifier = name + entry.slice(1);
  const byImport = await import(specifier);
  const byRequire = required.load(specifier);
  for (const key of promised[entry] ?? []) if (typeof byImport[key] !== 'function') console.log(specifier + ' does not export ' + key + ' to an import.');
  for (const key of promised[entry] ?? []) if (typeof byRequire[key] !== 'function') console.log(specifier + ' does not export ' + key + ' to a require.');
  const missing = Object.keys(byImport).filter((key) => !(key in byRequire));
  if (missing.length > 0) console.log(specifier + ': an import has ' + missing.join(', ') + ', and a require has not.');
}
`;

const mixer = `
import required from './required.cjs';
const warnings = [];
process.on('warning', ({ code }) => warnings.push(code));
const [name, entry] = process.argv.slice(2);
await import(name);
required.load(name + entry.slice(1));
await new Promise(setImmediate);
const count = warnings.filter((code) => code === 'SIGNALR_TWO_COPIES').length;
if (count !== 1) console.log(count + ' warnings of an import of ' + name + ' and a require of ' + entry + ' in one process.');
`;

/** What a script says is wrong. */
const complaintsOf = async (folder, ...script) => {
  const { code, output } = await run(process.execPath, ['--no-warnings', ...script], { cwd: folder });
  if (code !== 0) return [`The package cannot be loaded.\n${output}`];
  return output.split('\n').filter((line) => line !== '');
};

const checkLoading = async (folder, manifest) => {
  await writeFile(join(folder, 'required.cjs'), requirer);
  await writeFile(join(folder, 'imported.mjs'), importer);
  await writeFile(join(folder, 'mixed.mjs'), mixer);
  const served = entriesOf(manifest).filter((entry) => entry !== './browser');
  const findings = await Promise.all([
    complaintsOf(folder, 'imported.mjs', JSON.stringify([manifest.name, entriesOf(manifest), promised])),
    ...served.map((entry) => complaintsOf(folder, 'mixed.mjs', manifest.name, entry)),
  ]);
  return findings.flat();
};

const check = async (folder) => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const tarball = await pack(folder);
  const home = await unpack(tarball, folder, manifest.name);
  await linkDependencies(folder, manifest);
  const findings = [
    await checkWithPublint(tarball, manifest),
    await checkTypes(tarball),
    await checkContents(home),
    await checkLoading(folder, manifest),
    await checkEnding(folder),
  ].flat();
  if (findings.length > 0) throw new Error(findings.join('\n'));
  const paths = await filesIn(home);
  console.log(
    `The package is sound: ${paths.length} files, entry points ${entriesOf(manifest).join(' and ')} load by import and by require, and an application ends on SIGTERM with its client told and code 0.`,
  );
};

await main(import.meta.url, async () => {
  await buildIfStale();
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-signalr-package-'));
  try {
    await check(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
