import { forwardRef, Inject } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { FirstService } from './first.service.js';

/** One side of a circle that is entered here: the service is there before this class is. */
@Hub('/first')
export class FirstHub {
  constructor(@Inject(forwardRef(() => FirstService)) private readonly service: { greeting: string }) {}

  @HubMethod()
  greet() {
    return this.service.greeting;
  }
}
