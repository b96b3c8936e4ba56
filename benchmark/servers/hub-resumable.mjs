import { announce, port } from './control.mjs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SignalRModule } from 'nestjs-signalr';
import { BenchmarkHub } from './benchmark-hub.mjs';
import { decorateClass } from './decorate.mjs';

/** The hub of hub.mjs, whose clients may come back after a break. */
class ResumableApp {}
decorateClass(ResumableApp, {
  decorators: [Module({ imports: [SignalRModule.forRoot({ statefulReconnect: true })], providers: [BenchmarkHub] })],
});

const app = await NestFactory.create(ResumableApp, { logger: false });
await app.listen(port, '127.0.0.1');
announce(app.getHttpServer());
