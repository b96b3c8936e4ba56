import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { transformSync } from '@swc/core';

/** How a process of Node ended, and what it said. */
export interface NodeRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a script in a process of its own, for what Jest hides: what keeps a process alive, and what ends it.
 *
 * @param file - a file below lib/ that imports nothing of ours; the script has its exports in `lib`.
 * @param script - the body of a module.
 */
export async function runInNode(file: string, script: string): Promise<NodeRun> {
  const source = readFileSync(new URL(`../../lib/${file}`, import.meta.url), 'utf8');
  const { code } = transformSync(source, { swcrc: false, jsc: { target: 'es2022', parser: { syntax: 'typescript' } } });
  const lib = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  const child = spawn(process.execPath, ['--input-type=module'], { timeout: 4_000 });
  const run = { exitCode: null as number | null, output: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => (run.output += String(text)));
  child.stderr.on('data', (text: Buffer) => (run.errors += String(text)));
  child.stdin.end(`import * as lib from '${lib}';\n${script}`);
  run.exitCode = await new Promise((resolve) => child.once('close', resolve));
  return run;
}
