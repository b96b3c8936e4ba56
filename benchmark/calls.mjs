import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { compile, root } from '../scripts/build.mjs';
import { table } from './report.mjs';

/**
 * What stands around a method, and what it costs: nanoseconds of CPU for one awaited call, from the compiled handler on. What comes before it,
 * the protocol and the dispatcher, is in `bench.mjs --micro`. Compiled handlers are no public API, so the library is compiled for this, file by
 * file, into a folder of its own.
 *
 *   node benchmark/calls.mjs [rounds]
 */

const CALLS = 100_000;
const ROUNDS = 11;
const FOLDER = join(root, '.tmp', 'calls');

/** What a call may cost beyond a direct one. */
const goals = { bare: 100, guard: 300 };

const yes = { canActivate: () => true };
const laterYes = { canActivate: async () => true };
const same = { transform: (value) => value };
const through = { intercept: (_, next) => next.handle() };
const rethrow = {
  catch: (error) => {
    throw error;
  },
};

/** By name: what it is called in the table, its decorators, and the type of its parameter. */
const methods = {
  bare: { title: 'nothing', decorators: [] },
  typed: { title: 'a parameter of type number', decorators: [], type: Number },
  guard: { title: 'one guard', decorators: [UseGuards(yes)] },
  guards: { title: 'three guards', decorators: [UseGuards(yes, yes, yes)] },
  asynchronousGuard: { title: 'one asynchronous guard', decorators: [UseGuards(laterYes)] },
  pipe: { title: 'one pipe', decorators: [UsePipes(same)] },
  filter: { title: 'one filter, and no error', decorators: [UseFilters(rethrow)] },
  interceptor: { title: 'one interceptor', decorators: [UseInterceptors(through)] },
  all: {
    title: 'a guard, a pipe, an interceptor and a filter',
    decorators: [UseGuards(yes), UsePipes(same), UseInterceptors(through), UseFilters(rethrow)],
  },
};

/** A hub with a method for each of them, which all do the same. */
function makeHub({ Hub, HubMethod }) {
  class CallsHub {
    received = 0;
  }
  for (const [name, { decorators, type = Object }] of Object.entries(methods)) {
    const descriptor = {
      configurable: true,
      writable: true,
      value(value) {
        this.received += value;
        return value;
      },
    };
    Object.defineProperty(CallsHub.prototype, name, descriptor);
    Reflect.defineMetadata('design:paramtypes', [type], CallsHub.prototype, name);
    for (const decorate of [HubMethod(), ...decorators]) decorate(CallsHub.prototype, name, descriptor);
  }
  Hub('/calls')(CallsHub);
  return CallsHub;
}

/** A function for each row, which makes one call and returns what it returns. */
async function prepare() {
  const load = (file) => import(pathToFileURL(join(FOLDER, file)).href);
  const library = await load('index.js');
  const { HubRegistry } = await load('nest/hub.registry.js');
  const { HubCall } = await load('hubs/hub.call.js');
  const CallsHub = makeHub(library);
  const module = { module: class {}, imports: [library.SignalRModule.forRoot()], providers: [CallsHub] };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const hub = app.get(CallsHub);
  const { descriptor } = app.get(HubRegistry).find(CallsHub);
  const connection = { context: {}, clients: {} };
  const given = [1];
  const works = { direct: () => hub.bare(1) };
  for (const name of Object.keys(methods)) {
    const { handler } = descriptor.methods.get(name.toLowerCase());
    works[name] = () => handler(new HubCall(connection, name, given));
  }
  return { works, hub, app };
}

/** A loop of its own for each row: in one for all of them the compiler would know none of the calls. */
const loopFor = (work) => {
  const AsyncFunction = (async () => {}).constructor;
  return new AsyncFunction('count', 'work', 'for (let i = 0; i < count; i++) await work();').bind(undefined, CALLS, work);
};

/** CPU time, for others may be at work on this machine. */
async function slice(loop) {
  const before = process.cpuUsage();
  await loop();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / CALLS;
}

async function measure(works, rounds) {
  const loops = Object.entries(works).map(([name, work]) => ({ name, loop: loopFor(work), figures: [] }));
  for (const { loop } of loops) for (let warmUp = 0; warmUp < 2; warmUp++) await loop();
  for (let round = 0; round < rounds; round++) {
    for (const { loop, figures } of round % 2 === 0 ? loops : [...loops].reverse()) figures.push(await slice(loop));
  }
  return Object.fromEntries(loops.map(({ name, figures }) => [name, median(figures)]));
}

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];

function lines(medians) {
  return Object.entries(medians).map(([name, figure]) => {
    const difference = figure - medians.direct;
    const goal = goals[name];
    const verdict = goal === undefined ? '' : `${difference <= goal ? 'within' : 'beyond'} ${goal}`;
    return [methods[name]?.title ?? 'a direct call', figure.toFixed(0), name === 'direct' ? '' : `+${difference.toFixed(0)}`, verdict];
  });
}

/** Only what has changed since the last time. */
const compileLibrary = () =>
  compile('tsconfig.build.json', ['--outDir', FOLDER, '--incremental', '--tsBuildInfoFile', join(FOLDER, 'last.tsbuildinfo')]);

async function main([given]) {
  const rounds = Number(given ?? ROUNDS);
  if (!(rounds >= 1)) throw new Error(`The number of rounds has to be 1 or more. It is ${given}.`);
  await compileLibrary();
  const { works, hub, app } = await prepare();
  const medians = await measure(works, rounds);
  if (hub.received !== Object.keys(works).length * CALLS * (rounds + 2)) throw new Error('Not every call has arrived.');
  console.log(table(['around the method', 'ns a call', 'over a direct one', 'goal'], lines(medians)));
  await app.close();
}

await main(process.argv.slice(2));
