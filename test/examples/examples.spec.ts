import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';

/**
 * The examples of the documentation, as a user has them: a folder of files that import the built package, compiled by the user's compiler and
 * run by plain Node. It takes its time: two runs of tsc, and two more where the library has changed since it was built.
 */
const SLOW = 60_000;

const root = join(import.meta.dirname, '..', '..');
const examples = join(import.meta.dirname, 'chat');
const run = promisify(execFile);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
let home = '';

/** Runs a program and gives what it printed; what it printed is in the error, too, where it fails. */
async function node(cwd: string, ...args: string[]): Promise<string> {
  try {
    return (await run(process.execPath, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`node ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Puts the package where Node looks for it, and everything else beside it. */
async function install(): Promise<void> {
  await node(root, join('scripts', 'build.mjs'), '--if-stale');
  const modules = join(home, 'node_modules');
  const place = join(modules, 'nestjs-signalr');
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  cpSync(join(root, 'package.json'), join(place, 'package.json'));
  cpSync(join(root, 'dist'), join(place, 'dist'), { recursive: true });
}

/** A user's project. */
function project(name: string, type: 'module' | 'commonjs'): string {
  const folder = join(home, name);
  cpSync(examples, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    // The declarations are looked through once; those of the compiler are not ours.
    skipLibCheck: type === 'commonjs',
    skipDefaultLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    isolatedModules: true,
    rootDir: '.',
    outDir: 'out',
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  return folder;
}

async function compileWithSwc(folder: string): Promise<void> {
  mkdirSync(join(folder, 'out'));
  for (const file of readdirSync(examples)) {
    const { code } = await transform(readFileSync(join(examples, file), 'utf8'), {
      swcrc: false,
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: 'es6' },
    });
    writeFileSync(join(folder, 'out', file.replace(/ts$/, 'js')), code);
  }
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'signalr-examples-'));
  await install();
}, SLOW);

afterAll(() => rmSync(home, { recursive: true, force: true }));

const result = {
  http: {
    results: [
      true,
      "An unexpected error occurred invoking 'joinRoom' on the server. HubException: The vault is locked.",
      6,
      { bytes: 'AQID', map: { a: 1 }, set: [1] },
      1,
      2,
    ],
    ada: [['messageReceived', 'news', 'extra']],
    bob: [
      ['messageReceived', 'somebody', 'hello'],
      ['joined', 'red', '1970-01-01T00:00:00.000Z'],
      ['messageReceived', 'news', 'extra'],
    ],
    reader: [['news', 'extra']],
    left: 2,
  },
  channels: {
    results: [
      { reason: 'unauthorized' },
      { topic: 'room:1', room: '1', recovery: { recovered: false, epoch: 'string', offset: 0 } },
      {},
      { ok: true },
      [{ a: 1 }, 'room:1', 'everything', null, false],
      { body: 'hello', mine: false },
      { paid: true },
    ],
    noted: [
      'connected: ada',
      'room:1 has ada, and not ',
      'room:1 opened',
      'room:1 has , and not ada',
      'room:1 left: close',
      'room:1 closed',
      'disconnected: true shutdown',
    ],
  },
  room: { people: 1, response: { ok: true }, heard: { body: 'hello', mine: false } },
  memory: { heard: ['ada', 'hello'], recorded: [['messageReceived', ['ada']]] },
};

describe('the examples', () => {
  it.each<[string, 'module' | 'commonjs', (folder: string) => Promise<unknown>]>([
    ['tsc, as ES modules', 'module', (folder) => node(folder, tsc, '-p', '.')],
    ['tsc, as CommonJS', 'commonjs', (folder) => node(folder, tsc, '-p', '.')],
    ['swc, as ES modules', 'module', compileWithSwc],
  ])(
    'compile with %s, and run',
    async (name, type, compile) => {
      const folder = project(name.replace(/\W+/g, '-'), type);
      await compile(folder);
      expect(JSON.parse(await node(folder, 'out/main.js'))).toEqual(result);
    },
    SLOW,
  );
});
