import { parseArgs } from 'node:util';
import { microScenarios } from './micro.mjs';
import { peers, SUBJECT } from './peers.mjs';
import { scenarios } from './scenarios.mjs';

export const usage = `npm run bench -- [options]

  --scenario <name>     only these, by name or by what it begins with: ${namesOf(scenarios)}; with --micro ${namesOf(microScenarios)}
  --protocol <name>     only this one: json, messagepack
  --peer <name>         beside the hub only these: ${Object.keys(peers).slice(1).join(', ')}
  --rounds <n>          how often each server is measured, 5
  --seconds <n>         how long, 4
  --warm-up <n>         after so many seconds, 1
  --quick               one short round: whether it works, not how fast it is
  --out <file>          writes the results for --compare
  --cpu-prof <folder>   writes a profile of each server
  --micro               parse, write, dispatch and fan-out in this process
  --compare <a> <b>     two files that --out has written`;

const protocols = Object.keys(peers[SUBJECT].dialects);

const definitions = {
  scenario: { type: 'string', multiple: true, default: [] },
  protocol: { type: 'string', multiple: true, default: protocols },
  peer: { type: 'string', multiple: true, default: Object.keys(peers) },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
  'cpu-prof': { type: 'string' },
  micro: { type: 'boolean', default: false },
  compare: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

const thorough = { rounds: 5, seconds: 4, warmUp: 1 };
const quick = { rounds: 1, seconds: 0.5, warmUp: 0.25 };
/** A slice of a loop needs no seconds, and many of them find the middle. */
const micro = { rounds: 15, seconds: 0.1, warmUp: 0.3 };

/** @throws Error with a sentence, for what no run can be made of. */
export function readOptions(args) {
  const { values, positionals } = parseArgs({ args, options: definitions, allowPositionals: true });
  const defaults = values.quick ? quick : values.micro ? micro : thorough;
  for (const peer of values.peer)
    if (!(peer in peers)) throw new Error(`No peer is called ${peer}; there are ${Object.keys(peers).join(', ')}.`);
  for (const protocol of values.protocol)
    if (!protocols.includes(protocol)) throw new Error(`No protocol is called ${protocol}; there are ${protocols.join(', ')}.`);
  if (values.compare !== positionals.length > 0) throw new Error('--compare takes two files, and nothing else takes any.');
  return {
    ...values,
    files: positionals,
    scenarios: choose(values.micro ? microScenarios : scenarios, values.scenario),
    peers: Object.keys(peers).filter((peer) => peer === SUBJECT || values.peer.includes(peer)),
    protocols: values.protocol,
    rounds: numberOf('rounds', values.rounds, defaults.rounds),
    timing: {
      seconds: numberOf('seconds', values.seconds, defaults.seconds),
      warmUp: numberOf('warm-up', values['warm-up'], defaults.warmUp),
    },
  };
}

/** 'echo' means 'echo-1' and 'echo-16', and 'echo-1' itself alone. */
function choose(all, names) {
  for (const name of names) if (!all.some(isCalled(name))) throw new Error(`No scenario is called ${name}; there are ${namesOf(all)}.`);
  return names.length === 0 ? all : all.filter((scenario) => names.some((name) => isCalled(name)(scenario)));
}

function isCalled(name) {
  return (scenario) => scenario.name === name || scenario.name.startsWith(`${name}-`);
}

function namesOf(all) {
  return all.map(({ name }) => name).join(', ');
}

function numberOf(name, text, otherwise) {
  const number = Number(text ?? otherwise);
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0.`);
  return number;
}
