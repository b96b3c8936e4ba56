import { NestFactory } from '@nestjs/core';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { HubConnections } from 'nestjs-signalr';
import { createTestClient, recordingHubClients } from 'nestjs-signalr/testing';
import { AppModule, ChatModule } from './app.module.js';
import { ChatClient } from './chat.client.js';
import { ChatHub } from './chat.hub.js';

const connect = async (url: string) => {
  const connection = new HubConnectionBuilder().withUrl(url).configureLogging(LogLevel.None).build();
  const heard: unknown[][] = [];
  for (const method of ['messageReceived', 'joined', 'news']) connection.on(method, (...args) => heard.push([method, ...args]));
  await connection.start();
  return { connection, heard };
};

/** The whole application, served over HTTP, with official clients. */
async function overHttp() {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const [ada, bob, reader] = [await connect(`${url}/chat`), await connect(`${url}/chat`), await connect(`${url}/news`)];
  await ada.connection.invoke('sendMessage', 'hello');
  const results = [
    await bob.connection.invoke('joinroom', 'red'),
    await bob.connection.invoke('joinRoom', 'vault').catch((error: Error) => error.message),
    await bob.connection.invoke('sum', 1, 2, 3),
    await bob.connection.invoke('values'),
    await reader.connection.invoke('publish', 'extra'),
    await app.get(HubConnections).of(ChatHub).count({ group: 'lobby' }),
  ];
  // What came for them came before these answers.
  for (const { connection } of [ada, bob]) await connection.invoke('sum', 0);
  for (const { connection } of [ada, bob, reader]) await connection.stop();
  await app.close();
  return { results, ada: ada.heard, bob: bob.heard, reader: reader.heard, left: app.get(ChatHub).left.length };
}

/** One hub without HTTP, with the clients for tests. */
async function inMemory() {
  const app = await NestFactory.createApplicationContext(ChatModule, { logger: ['error', 'warn'] });
  const [ada, bob] = [await createTestClient(app, ChatHub, { user: { id: 'ada' } }), await createTestClient(app, ChatHub)];
  await bob.invoke('sum', 1);
  await ada.invoke('sendMessage', 'hello');
  const heard = await bob.next('messageReceived');
  await app.close();
  const clients = recordingHubClients<ChatClient>(ChatHub);
  await clients.user('ada').send('messageReceived', 'bob', 'hi');
  return { heard, recorded: clients.calls.map(({ method, to }) => [method, to.users]) };
}

void (async () => {
  console.log(JSON.stringify({ http: await overHttp(), memory: await inMemory() }));
})();
