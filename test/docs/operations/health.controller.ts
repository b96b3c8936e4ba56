import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { SignalRHealth } from 'nestjs-signalr';

@Controller('health')
export class HealthController {
  constructor(private readonly signalr: SignalRHealth) {}

  @Get('ready')
  ready() {
    if (!this.signalr.isReady()) throw new ServiceUnavailableException({ status: 'down' });
    return { status: 'up' };
  }
}
