import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** How long an application may take to start, and to end, in milliseconds. */
const PATIENCE = 20_000;

const application = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Hub, SignalRModule } from 'nestjs-signalr';

class ChatHub {}
Hub('/chat')(ChatHub);

class App {}
Module({ imports: [SignalRModule.forRoot()], providers: [ChatHub] })(App);

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(0, '127.0.0.1');
process.send(app.getHttpServer().address().port);
`;

/** Settles with what the server has said to a client by its end, as texts. */
const connect = async (port) => {
  const said = [];
  const client = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  client.on('message', (data) => said.push(Buffer.from(data).toString()));
  await once(client, 'open');
  client.send('{"protocol":"json","version":1}\x1e');
  await once(client, 'message');
  return { said, closed: once(client, 'close') };
};

const inTime = async (promise, doing) => {
  const patience = new AbortController();
  const tooLate = delay(PATIENCE, undefined, { signal: patience.signal }).then(() => Promise.reject(new Error(`${doing} takes too long.`)));
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    patience.abort();
  }
};

const endWithClient = async (child, exited) => {
  const [port] = await inTime(Promise.race([once(child, 'message'), exited.then(() => [])]), 'Starting');
  if (port === undefined) return ['An application of the package has ended before it listened.'];
  const { said, closed } = await connect(port);
  child.kill('SIGTERM');
  const [[code, signal]] = await inTime(Promise.all([exited, closed]), 'Ending on SIGTERM with a client');
  const findings = code === 0 ? [] : [`An application of the package ended on SIGTERM with code ${code ?? signal}, and not with 0.`];
  if (!said.at(-1).includes('"allowReconnect":true')) findings.push(`Its client was not told that it may come back, but: ${said.at(-1)}`);
  return findings;
};

/**
 * Starts an application of the package in `folder`, connects a client and sends SIGTERM.
 *
 * @returns what is wrong with its end, as sentences.
 */
export const checkEnding = async (folder) => {
  await writeFile(join(folder, 'application.mjs'), application);
  const child = spawn(process.execPath, ['application.mjs'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  try {
    return await endWithClient(child, exited);
  } catch (error) {
    return [`An application of the package: ${error.message}`];
  } finally {
    child.kill('SIGKILL');
  }
};
