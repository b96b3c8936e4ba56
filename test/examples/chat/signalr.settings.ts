import { Injectable } from '@nestjs/common';
import { json, SignalRModuleOptions, SignalROptionsFactory } from 'nestjs-signalr';

@Injectable()
export class SignalRSettings implements SignalROptionsFactory {
  createSignalROptions(): SignalRModuleOptions {
    return { keepAliveInterval: 15_000, protocols: [json({ maximumDepth: 16 })] };
  }
}
