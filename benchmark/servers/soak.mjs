import { announce, answer, collector, port } from './control.mjs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getHubConnectionsToken, phoenix, SignalRModule } from 'nestjs-signalr';
import { BenchmarkChannel, BenchmarkCrowd, SOCKET_PATH } from './benchmark-channel.mjs';
import { BenchmarkHub } from './benchmark-hub.mjs';
import { decorateClass } from './decorate.mjs';

const NANOSECONDS = 1e6;

/** Hubs and channels in one application, with the options that everybody gets. */
class App {}
const imports = [SignalRModule.forRoot({ channels: [{ path: SOCKET_PATH, dialect: phoenix() }] })];
decorateClass(App, { decorators: [Module({ imports, providers: [BenchmarkHub, BenchmarkChannel, BenchmarkCrowd] })] });

const app = await NestFactory.create(App, { logger: false });
await app.listen(port, '127.0.0.1');

const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();

/** How it is; what the collecting itself holds up does not count. */
answer('health', async () => {
  const milliseconds = { p99: loop.percentile(99) / NANOSECONDS, longest: loop.max / NANOSECONDS };
  const collect = collector();
  collect();
  await delay(100);
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const connections = await app.get(getHubConnectionsToken(BenchmarkHub), { strict: false }).count();
  loop.reset();
  return { heap: heapUsed, rss, handles: process.getActiveResourcesInfo().length, connections, delay: milliseconds };
});

announce(app.getHttpServer());
