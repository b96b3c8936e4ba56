import { Logger, UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  ChannelEndpoint,
  ChannelException,
  ChannelSession,
  CloseReason,
  phoenix,
  type OnSocketConnected,
  type OnSocketDisconnected,
} from 'nestjs-signalr';
import { OrdersChannel } from './orders.js';

export interface Member {
  id: string;
  /** Seconds, as in a JWT. */
  exp: number;
}

export class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: { authorization?: string }; user?: Member }>();
    if (request.headers.authorization !== 'Bearer ada') throw new UnauthorizedException();
    request.user = { id: 'ada', exp: Math.floor(Date.now() / 1_000) + 60 };
    return true;
  }
}

@ChannelEndpoint('/members', { dialect: phoenix(), channels: [OrdersChannel], clientTimeoutInterval: 90_000 })
@UseGuards(MemberGuard)
export class MemberSocket implements OnSocketConnected, OnSocketDisconnected {
  async onConnected(session: ChannelSession<Member>) {
    if (session.params['version'] === '1') throw new ChannelException({ reason: 'Please reload the page.' });
    session.expireAfter(session.user.exp * 1_000 - Date.now());
    await session.join(`orders:${session.user.id}`);
  }

  onDisconnected(session: ChannelSession<Member>, { code }: CloseReason) {
    new Logger('Members').log(`${session.user.id} is gone: ${code}`);
  }
}
