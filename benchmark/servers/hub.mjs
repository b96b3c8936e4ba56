import { announce, port } from './control.mjs';
import { NestFactory } from '@nestjs/core';
import { App } from './benchmark-hub.mjs';

const app = await NestFactory.create(App, { logger: false });
await app.listen(port, '127.0.0.1');
announce(app.getHttpServer());
