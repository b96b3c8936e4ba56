import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

@Injectable()
export class MaintenanceGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    if (context.getType() !== 'http') return true; // a call; the connection was let in before
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return !url.startsWith('/closed');
  }
}
