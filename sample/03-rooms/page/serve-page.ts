import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The files of the page are not compiled: they are served from where they stand in the checkout, and a reload shows what was changed. */
const page = join(dirname(require.resolve('nestjs-signalr/package.json')), 'sample', '03-rooms', 'public');

/** phoenix.js, as its package brings it; the client of chain is served by the library. */
const client = dirname(require.resolve('phoenix'));

const headers = new Map([
  [
    'Content-Security-Policy',
    [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
  ],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
]);

/** Serves the page: nothing in it comes from elsewhere. */
export function servePage(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.use((_request: unknown, response: ServerResponse, next: () => void) => {
    response.setHeaders(headers);
    next();
  });
  app.useStaticAssets(page);
  app.useStaticAssets(client, { prefix: '/phoenix' });
}
