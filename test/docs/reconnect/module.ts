import type { DynamicModule } from '@nestjs/common';
import { SignalRModule } from 'nestjs-signalr';

export const signalR = (): DynamicModule =>
  SignalRModule.forRoot({
    disconnectTimeout: 30_000,
    statefulReconnect: { bufferSize: 200_000, maximumMessages: 2_000 },
    limits: { resumable: 5_000, resumablePerUser: 20 },
  });
