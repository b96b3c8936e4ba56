import { Hub, HubMethod } from 'nestjs-signalr';

@Hub('/meters', { tcp: { port: 5000 } })
export class MetersHub {
  @HubMethod()
  report(meter: string, value: number) {
    return `${meter} is at ${value}`;
  }
}
