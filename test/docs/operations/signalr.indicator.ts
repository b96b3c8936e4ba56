import { Injectable } from '@nestjs/common';
import { SignalRHealth } from 'nestjs-signalr';

@Injectable()
export class SignalRIndicator {
  constructor(private readonly signalr: SignalRHealth) {}

  isHealthy() {
    const status: 'up' | 'down' = this.signalr.isReady() ? 'up' : 'down';
    return { signalr: { status } };
  }
}
