import { Hub } from 'nestjs-signalr';

@Hub('/quotes', {
  transports: ['WebSockets', 'LongPolling'],
  allowedOrigins: ['https://example.com', 'https://*.example.com'],
  longPolling: { pollTimeout: 30_000 },
})
export class QuotesHub {}
