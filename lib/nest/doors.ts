import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Events } from '../common/events.js';
import { ConnectionStore } from '../connections/connection.store.js';
import { ApplicationCors } from './application-cors.js';
import { ChannelAcceptance } from './channel-acceptance.js';
import { Doorman } from './connect-gate.js';
import { ChannelRegistry } from './channel.registry.js';
import { ChannelRequests } from './channel-requests.js';
import { ChannelUpgrades } from './channel-upgrades.js';
import { HttpEntrance } from './http-entrance.js';
import { HubRegistry } from './hub.registry.js';
import { HubRequests } from './hub-requests.js';
import { HubUpgrades } from './hub-upgrades.js';
import { hideBody } from './request-body.js';
import { IncomingBodies } from './incoming-bodies.js';
import { ServerEvents, type EventServer } from './server-events.js';
import { LooseSockets } from './loose-sockets.js';
import { Refusals } from './refusals.js';
import { UpgradeEntrance } from './upgrade-entrance.js';
import { UpgradeRouter } from './upgrade-router.js';

/** The ways in from HTTP servers, and the end of all of them. */
@Injectable()
export class Doors {
  /** For the requests of the application's own server, as a middleware. */
  readonly http: HttpEntrance;
  /** For WebSockets that come from nowhere. */
  readonly channels: ChannelAcceptance;
  private readonly upgrades: readonly UpgradeEntrance[];
  private readonly doorman: Doorman;
  private readonly bodies = new IncomingBodies();
  private readonly loose = new LooseSockets();
  private readonly cors = new ApplicationCors();
  private readonly undo: (() => void)[] = [];

  constructor(hubs: HubRegistry, channels: ChannelRegistry, connections: ConnectionStore, host: HttpAdapterHost, events: Events) {
    this.cors.watch(host);
    const doorman = new Doorman(connections.clock);
    this.doorman = doorman;
    const refusals = new Refusals(events);
    this.channels = new ChannelAcceptance(channels, doorman);
    const wishes = [new HubRequests(hubs.at, connections, doorman), new ChannelRequests(channels, doorman, this.bodies)];
    this.http = new HttpEntrance(
      wishes.map(({ find }) => find),
      doorman,
      this.cors,
      refusals,
    );
    const targets = [new HubUpgrades(hubs.at, connections), new ChannelUpgrades(channels, doorman)];
    this.upgrades = targets.map(({ find }) => new UpgradeEntrance(find, doorman, refusals));
  }

  /** Takes the upgrades of a server that are for hubs and channels; every other one stays with whom it belongs to. */
  takeUpgrades(server: EventServer): void {
    for (const { claim } of this.upgrades) this.undo.push(UpgradeRouter.for(server).add(claim));
  }

  /** Takes the requests for hubs and channels of a server before its own listeners see them. */
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

  /** Turns away who is new. Requests of those who are there are still answered. */
  refuse(): void {
    this.doorman.close();
  }

  /** Leaves every server as it was, and waits for nothing that is still being sent. */
  close(): void {
    this.bodies.close();
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
