import { Logger, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import { AppModule } from './app.module.js';
import { servePage } from './page/serve-page.js';

const port = process.env['PORT'] || '3000';

/** What is logged waits until the port is ours: that it is not has to be the only thing that is said. */
const options = {
  logger: ['error', 'warn', 'log'],
  bufferLogs: true,
  autoFlushLogs: false,
  abortOnError: false,
} satisfies NestApplicationOptions;

async function start(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, options);
  servePage(app);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(Number(port));
  app.flushLogs();
  const address = app.getHttpServer().address() as AddressInfo;
  console.log(`\nThe chat is ready: http://localhost:${address.port} (open it in two windows; Ctrl-C ends it)\n`);
}

/** What to say about a port that cannot be had; undefined for any other error. */
function explain(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `Port ${port} is taken. End what is using it, or choose another one: PORT=3001 npm start`;
  if (code === 'EACCES') return `Port ${port} may not be used by you. Choose another one: PORT=3001 npm start`;
  if (code === 'ERR_SOCKET_BAD_PORT') return `PORT is '${port}', which is no port. Choose a number up to 65535: PORT=3001 npm start`;
  return undefined;
}

try {
  await start();
} catch (error) {
  const sentence = explain(error);
  if (sentence === undefined) Logger.flush();
  console.error(sentence ?? error);
  process.exit(1);
}
