import { announce, answer, collector, port } from './control.mjs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Channel, Channels, getHubConnectionsToken, Hub, Join, phoenix, SignalRModule } from 'nestjs-signalr';
import { BenchmarkChannel, BenchmarkCrowd, SOCKET_PATH } from './benchmark-channel.mjs';
import { BenchmarkHub } from './benchmark-hub.mjs';
import { decorateClass, decorateMethod } from './decorate.mjs';

const NANOSECONDS = 1e6;

/** The hub that keeps what its groups are sent, and whose clients may come back. */
class ArchiveHub extends BenchmarkHub {}
decorateClass(ArchiveHub, { decorators: [Hub('/archive', { history: { size: 50 }, statefulReconnect: true })] });

/** A room for clients of realtime-js. */
class RealtimeChannel {
  join() {}
}
decorateMethod(RealtimeChannel, 'join', { decorators: [Join()], types: [] });
decorateClass(RealtimeChannel, { decorators: [Channel('realtime:*', { presence: true })] });

const endpoints = [
  { path: SOCKET_PATH, dialect: phoenix() },
  { path: '/realtime', dialect: phoenix({ realtime: true }) },
];

/** Hubs and channels in one application, with the options that everybody gets. */
class App {}
const imports = [SignalRModule.forRoot({ channels: endpoints })];
const providers = [BenchmarkHub, ArchiveHub, BenchmarkChannel, BenchmarkCrowd, RealtimeChannel];
decorateClass(App, { decorators: [Module({ imports, providers })] });

const app = await NestFactory.create(App, { logger: false });
await app.listen(port, '127.0.0.1');

const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();

async function countConnections() {
  const { sessions } = await app.get(Channels, { strict: false }).info();
  const counts = [BenchmarkHub, ArchiveHub].map((hub) => app.get(getHubConnectionsToken(hub), { strict: false }).count());
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, sessions);
}

/** How it is; what the collecting itself holds up does not count. */
answer('health', async () => {
  const milliseconds = { p99: loop.percentile(99) / NANOSECONDS, longest: loop.max / NANOSECONDS };
  const collect = collector();
  collect();
  await delay(100);
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const connections = await countConnections();
  loop.reset();
  return { heap: heapUsed, rss, handles: process.getActiveResourcesInfo().length, connections, delay: milliseconds };
});

announce(app.getHttpServer());
