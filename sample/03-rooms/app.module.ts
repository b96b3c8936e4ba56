import { Module } from '@nestjs/common';
import { chain, phoenix, SignalRModule } from 'nestjs-signalr';
import { randomUUID } from 'node:crypto';
import { RoomsModule } from './rooms/rooms.module.js';

/** A secret that is made anew lets nobody come back to a session from before a restart; those sessions are gone anyway. */
const secrets = [process.env['CHAIN_SECRET'] ?? randomUUID()];

/** Both endpoints have all channels: who comes by one of them meets who comes by the other. */
const channels = [
  { path: '/socket', dialect: phoenix() },
  { path: '/chain', dialect: chain({ cookie: { secrets } }) },
];

@Module({ imports: [SignalRModule.forRoot({ channels }), RoomsModule] })
export class AppModule {}
