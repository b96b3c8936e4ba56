import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import * as common from '@nestjs/common';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { closeLater, log, type ServedApp } from './app-of.js';

/** What Nest runs on. */
export type Platform = 'Express' | 'Fastify';

/** Which proxies are believed who comes by them, in the words of both platforms. */
export type Trusted = string | boolean | ((address: string) => boolean);

export const platforms: Platform[] = ['Express', 'Fastify'];

/** The major of Nest that these tests run on; only the newer one has pipes for schemas. */
export const nestMajor = 'StandardSchemaValidationPipe' in common ? 12 : 11;

/** An application on a platform, as a main.ts has it before `init` and `listen`. */
export async function appOn(platform: Platform, metadata: ModuleMetadata, trusted: Trusted = false): Promise<INestApplication> {
  const module = await Test.createTestingModule(metadata).setLogger(log).compile();
  const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ trustProxy: trusted });
  if (adapter instanceof ExpressAdapter) adapter.set('trust proxy', trusted);
  return closeLater(module.createNestApplication(adapter as ExpressAdapter, { logger: log }));
}

/** The same, served on a port that was free. What `prepare` does comes before `listen`. */
export async function servedOn(
  platform: Platform,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = () => undefined,
): Promise<ServedApp> {
  const app = await appOn(platform, metadata);
  await prepare(app);
  return listening(app);
}

/** The same, behind proxies that are trusted so far. */
export async function servedBehind(platform: Platform, metadata: ModuleMetadata, trusted: Trusted): Promise<ServedApp> {
  return listening(await appOn(platform, metadata, trusted));
}

async function listening(app: INestApplication): Promise<ServedApp> {
  await app.listen(0, '127.0.0.1');
  return { app, url: urlOf(app.getHttpServer() as AddressedServer) };
}

interface AddressedServer {
  address(): AddressInfo | string | null;
}

/** Where a server listens, without a slash at its end. */
export function urlOf(server: AddressedServer): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port for what cannot take the one that it is given: it was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
