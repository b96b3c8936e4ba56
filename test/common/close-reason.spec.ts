import { describe, expect, it } from '@jest/globals';
import { closeReason, type CloseCode } from '../../lib/common/close-reason.js';

/** What ASP.NET Core does for each cause: signalr.md §2.3. */
const causes: Record<CloseCode, [allowReconnect: boolean, peerCanHear: boolean, finishCalls: boolean]> = {
  'client-closed': [false, true, true],
  'transport-closed': [true, true, true],
  aborted: [false, true, false],
  expired: [true, true, false],
  'user-changed': [false, true, false],
  disconnected: [false, true, false],
  shutdown: [true, true, false],
  'handshake-failed': [false, true, false],
  'connect-failed': [false, true, false],
  failed: [true, true, false],
  'internal-error': [true, true, false],
};

describe('the reason of a close', () => {
  it.each(Object.entries(causes))('knows what %s means for the peer and its calls', (code, [allowReconnect, peerCanHear, finishCalls]) => {
    const reason = closeReason(code as CloseCode);
    expect(reason).toMatchObject({ code, allowReconnect, peerCanHear, finishCalls, text: expect.stringMatching(/^\w.*\.$/) });
  });

  it('takes what is particular to a connection, and keeps the rest', () => {
    const error = new Error('too slow');
    expect(closeReason('failed', { error, peerCanHear: false })).toMatchObject({
      code: 'failed',
      error,
      peerCanHear: false,
      allowReconnect: true,
    });
    expect(closeReason('disconnected', { allowReconnect: true, textForPeer: 'See you.' })).toMatchObject({
      code: 'disconnected',
      allowReconnect: true,
      textForPeer: 'See you.',
      text: 'The server disconnected the client.',
    });
  });

  it('gives each connection a reason of its own', () => {
    expect(closeReason('aborted')).not.toBe(closeReason('aborted'));
  });
});
