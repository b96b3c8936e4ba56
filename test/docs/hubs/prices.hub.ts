import { Injectable } from '@nestjs/common';
import { Hub, HubMethod, Signal } from 'nestjs-signalr';
import { of, type Observable } from 'rxjs';

@Injectable()
export class Market {
  prices(article: string): Observable<number> {
    return of(article.length, 7);
  }

  async *pages(article: string, { signal }: { signal: AbortSignal }) {
    yield [article.length, 7];
    if (!signal.aborted) yield [8];
  }
}

@Hub('/prices')
export class PricesHub {
  constructor(private readonly market: Market) {}

  @HubMethod()
  follow(article: string): Observable<number> {
    return this.market.prices(article);
  }

  @HubMethod()
  async *history(article: string, @Signal() signal: AbortSignal) {
    for await (const page of this.market.pages(article, { signal })) yield* page;
  }
}
