import { HubMethod, type HubCallerContext, type OnDisconnected } from 'nestjs-signalr';
import { Gate } from './hub-gate.js';

/** A hub that notes how its connections end. */
export class EndingHub implements OnDisconnected {
  readonly ends: unknown[] = [];
  readonly gone = new Gate();

  onDisconnected(_: HubCallerContext, error?: Error) {
    this.ends.push(error);
    void this.gone.pass();
  }

  @HubMethod()
  echo(value: unknown) {
    return value;
  }
}
