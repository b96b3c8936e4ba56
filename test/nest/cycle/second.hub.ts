import { forwardRef, Inject } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { SecondService } from './second.service.js';

/** One side of a circle that is entered at the other: this class is there before the service is. */
@Hub('/second')
export class SecondHub {
  constructor(@Inject(forwardRef(() => SecondService)) private readonly service: { greeting: string }) {}

  @HubMethod()
  greet() {
    return this.service.greeting;
  }
}
