import type { ApplicationConfig } from '@nestjs/core';

/** A path below the application's global prefix. */
export function prefixed(path: string, config: ApplicationConfig): string {
  const prefix = config.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
  return prefix === '' ? path : `/${prefix}${path === '/' ? '' : path}`;
}
