import { announce, isMessagePack, port } from './control.mjs';
import { NestFactory } from '@nestjs/core';
import { applicationOf } from './benchmark-hub.mjs';

const app = await NestFactory.create(applicationOf({ isMessagePack }), { logger: false });
await app.listen(port, '127.0.0.1');
announce(app.getHttpServer());
