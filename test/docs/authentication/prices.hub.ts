import { UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Hub, HubCallerContext, type OnAuthenticationRefreshed, type OnConnected } from 'nestjs-signalr';
import type { User } from './jwt.strategy.js';

@Hub('/prices', { authenticationRefresh: true, closeOnAuthenticationExpiration: true })
@UseGuards(AuthGuard('jwt'))
export class PricesHub implements OnConnected, OnAuthenticationRefreshed {
  async onConnected(caller: HubCallerContext<User>) {
    await this.onAuthenticationRefreshed(caller);
  }

  async onAuthenticationRefreshed(caller: HubCallerContext<User>) {
    if (caller.user.roles.includes('broker')) await caller.groups.add('brokers');
    else await caller.groups.remove('brokers');
  }
}
