import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { SignalRModule } from 'nestjs-signalr';
import { JwtStrategy } from './jwt.strategy.js';
import { Notifier } from './notifier.js';
import { OrdersHub } from './orders.hub.js';
import { PricesHub } from './prices.hub.js';

@Module({
  imports: [SignalRModule.forRoot(), PassportModule],
  providers: [JwtStrategy, OrdersHub, PricesHub, Notifier],
})
export class AppModule {}
