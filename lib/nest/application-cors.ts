import type { HttpAdapterHost } from '@nestjs/core';

/** What of an adapter says whose pages may read the application's answers. */
interface CorsAdapter {
  enableCors?: (...given: unknown[]) => unknown;
}

/**
 * Whether the application has called `enableCors`. An answer does not show that where a page was refused: on Express it is as if nobody had been
 * asked.
 */
export class ApplicationCors {
  isEnabled = false;

  /** Begins when there is an adapter. */
  watch(host: HttpAdapterHost): void {
    host.init$.subscribe(() => this.note(host.httpAdapter as CorsAdapter | null));
  }

  private note(adapter: CorsAdapter | null): void {
    // An application context has none.
    if (typeof adapter?.enableCors !== 'function') return;
    const { enableCors } = adapter;
    adapter.enableCors = (...given) => {
      this.isEnabled = true;
      return enableCors.apply(adapter, given);
    };
  }
}
