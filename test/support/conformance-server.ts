import { afterAll, beforeAll } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Channel, HandleIn, Join, SignalRModule } from 'nestjs-signalr';
import type { AddressInfo } from 'node:net';
import { AppLog } from './app-log.js';
import { ECHO, EchoDialect } from './echo-dialect.js';

/** The largest message that is taken. */
export const LARGEST = 1_048_576;

@Channel(ECHO.topic)
class EchoChannel {
  @Join() join() {}

  @HandleIn(ECHO.event)
  say(said: string | Uint8Array) {
    return said;
  }
}

/**
 * Serves an application that says back every WebSocket message, over a real socket and through all of the library, to all cases of a suite. What
 * is logged as an error fails the suite: nothing that a client does may.
 */
export function serveConformance(): { readonly port: number } {
  const log = new AppLog();
  let app: INestApplication;
  beforeAll(async () => {
    app = await open(log);
  });
  afterAll(async () => {
    await app.close();
    const errors = log.takeErrors();
    if (errors.length > 0) throw new Error(`The server has logged errors: ${errors.join('; ')}`);
  });
  return {
    get port() {
      return (app.getHttpServer().address() as AddressInfo).port;
    },
  };
}

async function open(log: AppLog): Promise<INestApplication> {
  const channels = [{ path: '/chat', dialect: new EchoDialect(), maximumReceiveMessageSize: LARGEST, outbox: { maximum: 4 * LARGEST } }];
  const imports = [SignalRModule.forRoot({ channels, limits: { eventsPerSecond: 1_000_000 } })];
  const module = await Test.createTestingModule({ imports, providers: [EchoChannel] })
    .setLogger(log)
    .compile();
  const app = module.createNestApplication({ logger: log });
  await app.listen(0, '127.0.0.1');
  return app;
}
