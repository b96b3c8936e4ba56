import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ConnectionStore } from '../connections/connection.store.js';
import { ApplicationCors } from './application-cors.js';
import { Doorman } from './connect-gate.js';
import { HttpEntrance } from './http-entrance.js';
import { HubRegistry } from './hub.registry.js';
import { hideBody } from './request-body.js';
import { ServerEvents, type EventServer } from './server-events.js';
import { LooseSockets } from './loose-sockets.js';
import { UpgradeEntrance } from './upgrade-entrance.js';
import { UpgradeRouter } from './upgrade-router.js';

/** The ways in from HTTP servers, and the end of all of them. */
@Injectable()
export class Doors {
  /** For the requests of the application's own server, as a middleware. */
  readonly http: HttpEntrance;
  private readonly upgrades: UpgradeEntrance;
  private readonly doorman: Doorman;
  private readonly loose = new LooseSockets();
  private readonly cors = new ApplicationCors();
  private readonly undo: (() => void)[] = [];

  constructor(hubs: HubRegistry, connections: ConnectionStore, host: HttpAdapterHost) {
    this.cors.watch(host);
    this.doorman = new Doorman(connections.clock);
    this.http = new HttpEntrance(hubs.at, connections, this.doorman, this.cors);
    this.upgrades = new UpgradeEntrance(hubs.at, connections, this.doorman);
  }

  /** Takes the hubs' upgrades of a server; every other one stays with whom it belongs to. */
  takeUpgrades(server: EventServer): void {
    this.undo.push(UpgradeRouter.for(server).add(this.upgrades.claim));
  }

  /** Takes the hubs' requests of a server before its own listeners see them. */
  takeRequests(server: EventServer): void {
    this.undo.push(ServerEvents.before(server, 'request', (...values) => this.takes(values)));
  }

  /**
   * Attends to the application's own server, of which requests come as to a middleware: keeps parsers from the bodies that are for hubs, and
   * `enableCors` from their preflights, for those come before any middleware that could; and notes over which sockets nothing runs.
   */
  attend(server: EventServer): void {
    this.loose.watch(server);
    this.undo.push(ServerEvents.before(server, 'request', (...values) => this.attends(values)));
  }

  /** Leaves every server as it was; nobody gets in any more. */
  close(): void {
    this.doorman.close();
    for (const undo of this.undo.splice(0)) undo();
  }

  /** Once all connections have ended: closes what would hold up the server for nothing. */
  closeLoose(): void {
    this.loose.close();
  }

  private attends(values: unknown[]): boolean {
    const [request, response] = values as [IncomingMessage, ServerResponse];
    if (request.method === 'OPTIONS') return this.http.takesPreflight(request, response);
    if (request.method === 'POST' && this.http.owns(request)) hideBody(request);
    return false;
  }

  private takes(values: unknown[]): boolean {
    const [request, response] = values as [IncomingMessage, ServerResponse];
    if (!this.http.owns(request)) return false;
    this.http.handle(request, response, () => undefined);
    return true;
  }
}
