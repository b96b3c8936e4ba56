import { afterEach, beforeEach, expect } from '@jest/globals';
import type { INestApplication, INestApplicationContext, ModuleMetadata, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { SignalRModule, type SignalRModuleOptions } from 'nestjs-signalr';
import type { AddressInfo } from 'node:net';
import { AppLog } from './app-log.js';
import { Gate } from './hub-gate.js';

/** What the applications of a test have logged. An error that the test has not taken from it fails the test. */
export const log = new AppLog();

/** How often there was an error that a test has taken already. */
const SUM = / \(and \d+ more like this\)$/;

const open: Closable[] = [];

beforeEach(() => {
  Gate.begin();
  log.lines = [];
});

afterEach(async () => {
  Gate.end();
  for (const app of open.splice(0).reverse()) await app.close();
  // oxlint-disable-next-line jest/no-standalone-expect
  expect(log.takeErrors().filter((line) => !SUM.test(line))).toEqual([]);
});

interface Closable {
  close(): unknown;
}

/** Closes an application, or a client of one, when the test is over: what was opened last is closed first. */
export function closeLater<A extends Closable>(opened: A): A {
  open.push(opened);
  return opened;
}

/** A module of SignalR and of hubs, as metadata. */
export function moduleOf(
  hubs: readonly Type[],
  options?: SignalRModuleOptions,
): ModuleMetadata & { imports: object[]; providers: object[] } {
  return { imports: [SignalRModule.forRoot(options)], providers: [...hubs] };
}

/** A module under test, compiled and initialised, without HTTP. */
export async function appFrom(
  metadata: ModuleMetadata,
  adapt: (builder: TestingModuleBuilder) => unknown = () => undefined,
): Promise<TestingModule> {
  const app = await compiled(metadata, adapt);
  return closeLater(await app.init());
}

/** An application with these hubs, without HTTP. */
export function appOf(hubs: readonly Type[], options?: SignalRModuleOptions): Promise<TestingModule> {
  return appFrom(moduleOf(hubs, options));
}

/** An application on Express that listens, and where. */
export interface ServedApp {
  readonly app: INestApplication;
  /** Without a slash at its end. */
  readonly url: string;
}

/** A module under test, served over HTTP on a port that was free. What `prepare` does comes before `listen`, as in a main.ts. */
export async function servedAppFrom(
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = () => undefined,
): Promise<ServedApp> {
  const module = await compiled(metadata);
  const app = closeLater(module.createNestApplication({ logger: log }));
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}` };
}

/** An application with these hubs, served over HTTP. */
export function servedAppOf(hubs: readonly Type[], options?: SignalRModuleOptions): Promise<ServedApp> {
  return servedAppFrom(moduleOf(hubs, options));
}

/** What NestFactory makes of a module that has neither HTTP nor a test around it. */
export async function contextOf(root: Type): Promise<INestApplicationContext> {
  return closeLater(await NestFactory.createApplicationContext(root, { logger: log, abortOnError: false }));
}

async function compiled(
  metadata: ModuleMetadata,
  adapt: (builder: TestingModuleBuilder) => unknown = () => undefined,
): Promise<TestingModule> {
  const builder = Test.createTestingModule(metadata).setLogger(log);
  adapt(builder);
  return builder.compile();
}
