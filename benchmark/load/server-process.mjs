import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Compiling is done by then, even on a slow machine. */
const START_PATIENCE = 30_000;
const STOP_PATIENCE = 5_000;

/** A server in a process of its own. */
export class ServerProcess {
  #child;
  #began = performance.now();
  #questions = new Map();
  #lastId = 0;
  #errors = '';

  /**
   * @param file - below benchmark/servers.
   * @param profile - where to write a CPU profile: its `folder` and its `name`.
   */
  constructor(file, profile) {
    const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${profile.name}`];
    this.#child = fork(fileURLToPath(new URL(`../servers/${file}`, import.meta.url)), {
      execArgv,
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr.on('data', (text) => (this.#errors += text));
    this.#child.on('message', ({ id, answer }) => this.#questions.get(id)?.(answer));
  }

  /** Settles with the port and with what the start has cost: real milliseconds, and microseconds of CPU. */
  async started() {
    const signal = AbortSignal.timeout(START_PATIENCE);
    const ended = once(this.#child, 'exit', { signal }).then(() => Promise.reject(this.#dead()));
    const [{ listening: port, usage }] = await Promise.race([once(this.#child, 'message', { signal }), ended]);
    return { port, milliseconds: performance.now() - this.#began, cpuMicroseconds: usage.user + usage.system };
  }

  /** Microseconds of CPU since the server's birth. */
  async usage() {
    const { user, system } = await this.ask('usage');
    return { user, system, total: user + system };
  }

  /** Resident bytes without garbage. */
  memory() {
    return this.ask('memory');
  }

  async stop() {
    if (this.#child.exitCode !== null || !this.#child.connected) return;
    const exit = once(this.#child, 'exit');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE);
    this.#child.send({ question: 'exit' });
    await exit;
    clearTimeout(kill);
  }

  /** What the server answers; see servers/control.mjs. */
  ask(question) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const fail = () => reject(this.#dead());
      this.#questions.set(id, (given) => {
        this.#questions.delete(id);
        this.#child.off('exit', fail);
        resolve(given);
      });
      this.#child.once('exit', fail);
      this.#child.send({ question, id }, (error) => error && fail());
    });
  }

  #dead() {
    return new Error(`The server has ended. ${this.#errors.slice(0, 2_000)}`);
  }
}
