import type { INestApplication, Type } from '@nestjs/common';
import { SignalRAdapter, type SignalRModuleOptions } from 'nestjs-signalr';
import { moduleOf, servedAppFrom, type ServedApp } from './app-of.js';

/** An application whose gateways are all served over SignalR, and where. */
export function servedGateways(gateways: Type[], options?: SignalRModuleOptions): Promise<ServedApp> {
  return servedAppFrom(moduleOf(gateways, options), (app) => void app.useWebSocketAdapter(new SignalRAdapter(app)));
}

/** The same, for clients that come without a network. */
export async function gatewaysOf(gateways: Type[], options?: SignalRModuleOptions): Promise<INestApplication> {
  return (await servedGateways(gateways, options)).app;
}
