import { announce, port } from './control.mjs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SignalRModule } from 'nestjs-signalr';
import { BenchmarkHub } from './benchmark-hub.mjs';
import { decorateClass } from './decorate.mjs';

/** The hub of hub.mjs, with the bound on calls that docs/security.md gives for an example. */
class LimitedApp {}
decorateClass(LimitedApp, {
  decorators: [Module({ imports: [SignalRModule.forRoot({ limits: { invocationsPerSecond: 50 } })], providers: [BenchmarkHub] })],
});

const app = await NestFactory.create(LimitedApp, { logger: false });
await app.listen(port, '127.0.0.1');
announce(app.getHttpServer());
