import { forwardRef, Inject } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { NewsService } from './news.service.js';

// The hub and its service import each other; an interface in the place of the class keeps the compilers from asking for it too early.
@Hub('/news')
export class NewsHub {
  constructor(@Inject(forwardRef(() => NewsService)) private readonly news: { publish(text: string): Promise<number> }) {}

  @HubMethod()
  publish(text: string) {
    return this.news.publish(text);
  }
}
