import type { Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { phoenix, SignalRModule, type ChannelEndpointConfiguration, type SignalRModuleOptions } from 'nestjs-signalr';
import { appFrom } from './app-of.js';

/** The endpoint that most tests connect to. */
export const SOCKET: ChannelEndpointConfiguration = { path: '/socket', dialect: phoenix() };

/** An application with these channels at /socket, without HTTP; other providers may stand among them. */
export function channelsOf(providers: readonly Type[], options: SignalRModuleOptions = {}): Promise<TestingModule> {
  const channels = options.channels ?? [SOCKET];
  return appFrom({ imports: [SignalRModule.forRoot({ ...options, channels })], providers: [...providers] });
}
