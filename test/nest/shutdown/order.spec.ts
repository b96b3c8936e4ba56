import { describe, expect, it } from '@jest/globals';
import { Injectable, Module, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Hub, HubMethod, SignalRHealth, SignalRModule, type OnDisconnected } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { nextTurn } from '../../support/changes.js';
import { closeLater, log } from '../../support/app-of.js';
import { Gate } from '../../support/hub-gate.js';
import { invocation, record } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';
import { knock } from '../../support/nest-knock.js';
import { platforms, servedOn } from '../../support/nest-platforms.js';

const trail: string[] = [];
let gate: Gate;

/** What calls need, until they have been answered. */
@Injectable()
class Database implements OnModuleDestroy, BeforeApplicationShutdown {
  isOpen = true;

  onModuleDestroy() {
    this.isOpen = false;
    trail.push('the database is closed');
  }

  beforeApplicationShutdown() {
    trail.push('beforeApplicationShutdown');
  }

  query(what: string) {
    trail.push(`${what} with an ${this.isOpen ? 'open' : 'closed'} database`);
  }
}

@Hub('/orders')
class OrderHub implements OnModuleDestroy, OnDisconnected {
  constructor(private readonly database: Database) {}

  @HubMethod()
  async order() {
    await gate.pass();
    this.database.query('order');
  }

  onDisconnected() {
    this.database.query('onDisconnected');
  }

  onModuleDestroy() {
    trail.push('the hub is destroyed');
  }
}

@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

const signalr = { imports: [SignalRModule.forRoot()] };

/** Wherever the database stands: where Nest takes it down first of all, or last. */
const places = [
  ['beside the hub', { ...signalr, providers: [Database, OrderHub] }],
  ['in a module that the hub imports', { imports: [DatabaseModule, ...signalr.imports], providers: [OrderHub] }],
] as const;

const first = ['order with an open database', 'onDisconnected with an open database'];

describe.each(platforms)('an application on %s that ends', (platform) => {
  it.each(places)('L01: takes nothing of its own down before its clients are gone: %s', async (_, metadata) => {
    trail.length = 0;
    gate = new Gate();
    const { app, url } = await servedOn(platform, { imports: [...metadata.imports], providers: [...metadata.providers] });
    const socket = await HubSocket.join(`${url}/orders`);
    socket.socket.send(record(invocation('1', 'order')));
    await gate.reached;
    const closing = app.close();
    while (app.get(SignalRHealth).isReady()) await nextTurn();
    expect((await knock('negotiation', `${url}/orders`)).status).toBe(503);
    expect(trail).toEqual([]);
    gate.open();
    await closing;
    expect(trail.slice(0, 2)).toEqual(first);
    expect(trail.slice(2).sort()).toEqual(['beforeApplicationShutdown', 'the database is closed', 'the hub is destroyed']);
  });
});

describe('an application without HTTP that ends', () => {
  it('L01: takes nothing of its own down before its clients are gone', async () => {
    trail.length = 0;
    @Module({ ...signalr, providers: [Database, OrderHub] })
    class Root {}
    const app = closeLater(await NestFactory.createApplicationContext(Root, { logger: log }));
    await createTestClient(app, OrderHub);
    await app.close();
    expect(trail[0]).toBe('onDisconnected with an open database');
  });
});
