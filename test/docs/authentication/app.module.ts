import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { SignalRModule } from 'nestjs-signalr';
import { JwtStrategy } from './jwt.strategy.js';
import { Notifier } from './notifier.js';
import { OrdersHub } from './orders.hub.js';

@Module({
  imports: [SignalRModule.forRoot(), PassportModule],
  providers: [JwtStrategy, OrdersHub, Notifier],
})
export class AppModule {}
