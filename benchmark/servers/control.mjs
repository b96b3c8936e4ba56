import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The port to listen at: any, unless a server is started by hand. */
export const port = Number(process.env.PORT ?? 0);

/** Tells the load generator that the server listens, and what the start has cost. */
export function announce(server) {
  process.send?.({ listening: server.address().port, usage: process.cpuUsage() });
}

const answers = {
  /** The CPU time of all threads of this process, from the system's own count. */
  usage: () => process.cpuUsage(),
  /** The resident bytes when all garbage is gone. What a first collection finishes, a second one may free. */
  async memory() {
    const collect = collector();
    for (const rest of [300, 1_500]) {
      collect();
      await delay(rest);
    }
    return process.memoryUsage.rss();
  },
  /** An orderly end: `--cpu-prof` writes its file then. */
  exit: () => process.exit(0),
};

/**
 * Asked for when it is needed: with `--expose-gc` on its command line Node does without its code cache, and starts 25 ms later.
 */
export function collector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** Lets a server answer a question more. */
export function answer(question, give) {
  answers[question] = give;
}

async function reply({ question, id }) {
  process.send({ id, answer: await answers[question]() });
}

process.on('message', (asked) => void reply(asked));

// Nobody is left to ask or to stop this server.
process.on('disconnect', () => process.exit(0));
