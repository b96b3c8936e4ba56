import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { chainScript, chainTypes } from '../../lib/channels/dialects/chain.script.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

describe('The script that browsers are served', () => {
  it('is what its source makes', async () => {
    const checked = run(process.execPath, [join(root, 'scripts', 'chain-script.mjs'), '--check'], { cwd: root });
    await expect(checked).resolves.toMatchObject({ stderr: '' });
  });

  it('is one module without imports, and small', () => {
    expect(chainScript).not.toMatch(/\bimport\b/);
    expect(chainScript.length).toBeLessThan(15_000);
    expect(chainScript).toMatch(/export\{.* as Channel,.* as ConnectionError,.* as Push,.* as Socket\};\s*$/);
  });

  it('has types that stand alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chain-types-'));
    try {
      await writeFile(join(folder, 'chain.js'), chainScript);
      await writeFile(join(folder, 'chain.d.ts'), chainTypes);
      await writeFile(join(folder, 'page.ts'), page);
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      // The compiler's own types are looked through by whoever makes them: that would take two thirds of the time.
      const options = ['--strict', '--noEmit', '--skipDefaultLibCheck', '--target', 'es2022', '--module', 'esnext'];
      const compiled = run(process.execPath, [tsc, ...options, 'page.ts'], { cwd: folder });
      await expect(compiled).resolves.toMatchObject({ stdout: '' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    // A whole compiler starts here, and others may be at work on the machine.
  }, 60_000);
});

const page = `
import { Channel, ConnectionError, Socket, type Message } from './chain.js';
const socket = new Socket({ endpoint: '/chain', transport: [{ params: { token: 'x' } }], duplicated: ({ event }: Message) => event === 'x' });
const room: Channel = socket.channel('room:1', () => ({ name: 'Ada' })).on('new_msg', ({ body }) => console.log(body)).join();
room.push('new_msg', { body: 'Hello' }).on('ok', () => room.leave().on('timeout', () => socket.disconnect()));
socket.on('error', (error: ConnectionError) => console.log(error.status));
// @ts-expect-error no such status
room.push('x').on('fine', () => {});
`;
