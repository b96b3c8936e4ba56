import { announce, port } from './control.mjs';
import { NestFactory } from '@nestjs/core';
import { makeApp } from './benchmark-channel.mjs';

const app = await NestFactory.create(makeApp(), { logger: false });
await app.listen(port, '127.0.0.1');
announce(app.getHttpServer());
