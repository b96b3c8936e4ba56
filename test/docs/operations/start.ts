import { NestFactory } from '@nestjs/core';
import { OperatedModule } from './operated.module.js';

export async function start() {
  const app = await NestFactory.create(OperatedModule);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(process.env.PORT ?? 3000);
  return app;
}
