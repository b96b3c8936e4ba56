import { UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Caller, Hub, HubCallerContext, HubMethod } from 'nestjs-signalr';
import type { User } from './jwt.strategy.js';
import { Roles, RolesGuard } from './roles.guard.js';

@Hub('/orders')
@UseGuards(AuthGuard('jwt'), RolesGuard)
export class OrdersHub {
  @HubMethod()
  place(article: string, @Caller() caller: HubCallerContext<User>) {
    return `${article} for ${caller.user.sub}`;
  }

  @HubMethod()
  @Roles('admin')
  cancelAll() {
    return 'cancelled';
  }
}
