import { describe, expect, it } from '@jest/globals';
import type { WebSocketLike } from 'nestjs-signalr';
import type { WebSocket as OfWs } from 'ws';
import type { WebSocket as OfUndici } from 'undici-types';

/** Compiles where the first type may stand for the second. */
type Is<_Given extends Expected, Expected> = true;

describe('a WebSocket that accept takes', () => {
  it('may be one of ws, or one as Node has them', () => {
    const compiles: [Is<OfWs, WebSocketLike>, Is<OfUndici, WebSocketLike>] = [true, true];
    expect(compiles).toHaveLength(2);
  });
});
