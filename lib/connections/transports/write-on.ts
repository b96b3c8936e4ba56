import type { ServerResponse } from 'node:http';

/** A response as middlewares that compress leave it. */
export type FlushableResponse = ServerResponse & { flush?: () => void };

/**
 * Writes more of an answer that goes on. What a middleware has wrapped around it may throw; then this answer ends alone, and not the turn in which
 * all peers are written to.
 */
export function writeOn(response: FlushableResponse, text: string): void {
  try {
    response.write(text);
    response.flush?.();
  } catch {
    response.destroy();
  }
}
