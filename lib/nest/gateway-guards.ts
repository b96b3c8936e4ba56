import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { normalizePath } from '../connections/request-query.js';
import { gatewayPathOf, type GatewayPlace } from './gateway-path.js';
import { compileGuards, type Step } from './handler-pipeline.js';
import { EnhancerFinder, GATEWAY, GATEWAY_OPTIONS, GATEWAY_PORT } from './nest-internals.js';

/** A gateway among the providers of its module. */
interface FoundGateway {
  readonly type: Type;
  readonly instance: object;
  readonly module: string;
  readonly provider: string;
}

/**
 * The guards above the classes of all gateways at a path, each class' as one step that throws where they let nobody pass. Nest asks them before
 * messages; somebody who joins a topic has not sent any.
 */
export function gatewayGuards(modules: ModulesContainer, path: string, port: number): Step[] {
  const finder = new EnhancerFinder(modules, undefined);
  return gatewaysIn(modules)
    .filter(({ type }) => isAt(type, path, port))
    .flatMap(({ type, instance, ...place }) => {
      const guards = finder.guards(instance, noHandler, place);
      return guards.length === 0 ? [] : [compileGuards(guards, { hub: type, handler: noHandler })];
    });
}

function gatewaysIn(modules: ModulesContainer): FoundGateway[] {
  return [...modules].flatMap(([module, { providers }]) =>
    Array.from(providers.values()).flatMap(({ metatype, instance, id }) => {
      const isOne = typeof metatype === 'function' && Boolean(instance) && Reflect.hasMetadata(GATEWAY, metatype);
      return isOne ? [{ type: metatype as Type, instance: instance as object, module, provider: id }] : [];
    }),
  );
}

function isAt(type: Type, path: string, port: number): boolean {
  const place = (Reflect.getMetadata(GATEWAY_OPTIONS, type) ?? {}) as GatewayPlace;
  const isThere = normalizePath(gatewayPathOf(place)) === normalizePath(path);
  return isThere && ((Reflect.getMetadata(GATEWAY_PORT, type) as number | undefined) ?? 0) === port;
}

function noHandler(): void {}
