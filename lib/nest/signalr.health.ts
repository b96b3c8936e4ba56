import { Injectable } from '@nestjs/common';

/** Whether the server takes new connections: for the readiness probe of an orchestrator or a balancer. */
@Injectable()
export class SignalRHealth {
  private state: 'starting' | 'ready' | 'ending' = 'starting';

  /**
   * True from the end of the application's bootstrap to the beginning of its end: it is false before anybody is turned away, and while the
   * connections that are there are still served.
   */
  isReady(): boolean {
    return this.state === 'ready';
  }

  /** @internal An application that ends while it starts is not ready any more. */
  rise(): void {
    if (this.state === 'starting') this.state = 'ready';
  }

  /** @internal */
  fall(): void {
    this.state = 'ending';
  }
}
