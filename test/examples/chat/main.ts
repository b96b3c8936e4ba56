import { NestFactory } from '@nestjs/core';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { Channels, HubConnections } from 'nestjs-signalr';
import { createTestChannel, createTestClient, recordingHubClients } from 'nestjs-signalr/testing';
import { Socket, type Push } from 'phoenix';
import { WebSocket } from 'ws';
import { AppModule, ChatModule } from './app.module.js';
import { ChatClient } from './chat.client.js';
import { ChatHub } from './chat.hub.js';
import { noted } from './rooms.js';

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

/** The channels of the same application, with phoenix.js. */
async function channels() {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const socket = new Socket(`${(await app.getUrl()).replace('http', 'ws')}/socket`, { transport: WebSocket, params: { name: 'ada' } });
  socket.connect();
  const [room, orders, closed] = [
    socket.channel('room:1', { password: 'sesame' }),
    socket.channel('orders:7'),
    socket.channel('room:closed', { password: 'sesame' }),
  ];
  const results = [await answer(closed.join()), await answer(room.join()), await answer(orders.join())];
  closed.leave();
  const heard = [new Promise((resolve) => room.on('new_msg', resolve)), new Promise((resolve) => orders.on('order_changed', resolve))];
  results.push(await answer(room.push('new_msg', { body: 'hello' })), await answer(room.push('everything', { a: 1 })));
  await app.get(Channels).publish('orders:7', { paid: true });
  results.push(...(await Promise.all(heard)));
  await app.close();
  socket.disconnect();
  return { results: JSON.parse(JSON.stringify(results, (name, value) => (name === 'epoch' ? typeof value : value))), noted: [...noted] };
}

/** One room without HTTP, with the client for tests. */
async function inOneRoom() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const room = await createTestChannel(app, 'room:2', { params: { name: 'bob' }, user: { id: 'bob' } });
  await room.join({ password: 'sesame' });
  const people = await room.push<number>('people');
  const response = await room.expectReply(room.push('new_msg', { body: 'hello' }));
  const heard = await room.next('new_msg');
  await room.leave();
  await app.close();
  return { people, response, heard };
}

function answer(push: Push) {
  return new Promise((resolve) => push.receive('ok', resolve).receive('error', resolve));
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
  console.log(JSON.stringify({ http: await overHttp(), channels: await channels(), memory: await inMemory(), room: await inOneRoom() }));
})();
