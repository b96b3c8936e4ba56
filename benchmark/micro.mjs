/** Loaded when they are run: what they import is built before that, and not before the options are read. */
const codecs = () => import('./micro/codecs.mjs');
const crowd = () => import('./micro/crowd.mjs');
const memoryHub = () => import('./micro/memory-hub.mjs');

const row = (title) => [{ title: `${title}: ns`, figure: 'nanoseconds', digits: 0 }];
const protocols = ['json', 'messagepack'];

/**
 * Pieces of what a server does, in this process and without a network: they tell where the microseconds of the scenarios go.
 *
 * `prepare` makes a function for the library and one for the naive way; each does a batch, checks it, and returns how many operations it was.
 */
export const microScenarios = [
  { name: 'parse', protocols, rows: row('parse a call'), prepare: async (protocol) => (await codecs()).parsing(protocol) },
  { name: 'write', protocols, rows: row('write an answer'), prepare: async (protocol) => (await codecs()).writing(protocol) },
  {
    name: 'dispatch',
    protocols,
    rows: row('dispatch a call through a hub, bytes to bytes'),
    prepare: async (protocol) => (await memoryHub()).dispatch(protocol),
  },
  {
    name: 'fan-out',
    protocols,
    rows: row('fan-out to 1,000, a delivery'),
    prepare: async (protocol) => (await memoryHub()).fanOut(protocol),
  },
  {
    name: 'presence-change',
    protocols: ['json'],
    rows: row('somebody comes or goes among 10,000 in a topic, a recipient'),
    prepare: async () => (await crowd()).changes(),
  },
  {
    name: 'presence-list',
    protocols: ['json'],
    rows: row('list 10,000 in a topic, each'),
    prepare: async () => (await crowd()).list(),
  },
  {
    name: 'presence-visit',
    protocols: ['json'],
    rows: row('join a topic of 10,000, be told who is there, and leave'),
    prepare: async () => (await crowd()).visits(),
  },
];

/** The library and the naive way in turn, so that both meet the same machine. */
export async function runMicro({ scenarios, protocols: chosen, rounds, timing }, say) {
  const entries = [];
  for (const scenario of scenarios) {
    for (const protocol of scenario.protocols.filter((name) => chosen.includes(name))) {
      const works = await scenario.prepare(protocol);
      const own = Object.keys(works).map((peer) => ({ scenario: scenario.name, protocol, peer, measurements: [] }));
      for (const { peer } of own) await slice(works[peer], timing.warmUp);
      for (let round = 0; round < rounds; round++)
        for (const { peer, measurements } of own) measurements.push(await slice(works[peer], timing.seconds));
      say(`${scenario.name}, ${protocol}: measured`);
      entries.push(...own);
    }
  }
  return entries;
}

/** CPU time is counted and not the clock's, for others may be at work on this machine. */
async function slice(work, seconds) {
  const end = performance.now() + seconds * 1_000;
  const before = process.cpuUsage();
  let operations = 0;
  while (performance.now() < end) operations += await work();
  const { user, system } = process.cpuUsage(before);
  return { figures: { nanoseconds: ((user + system) * 1_000) / operations }, details: { operations }, faults: { total: 0 } };
}
