import { Module } from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { Caller, Hub, HubCallerContext, HubMethod, SignalRModule } from 'nestjs-signalr';
import type { User } from './jwt.strategy.js';

@Hub('/news')
export class NewsHub {
  @HubMethod()
  who(@Caller() caller: HubCallerContext<User>) {
    return caller.userIdentifier;
  }
}

@Module({
  imports: [
    SignalRModule.forRootAsync({
      imports: [JwtModule.register({ secret: process.env.JWT_SECRET })],
      inject: [JwtService],
      useFactory: (jwt: JwtService) => ({
        authenticate: ({ headers }) => jwt.verifyAsync<User>(headers.authorization?.replace('Bearer ', '') ?? ''),
      }),
    }),
  ],
  providers: [NewsHub],
})
export class NewsModule {}
