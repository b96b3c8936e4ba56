import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { Hub } from 'nestjs-signalr';
import { Gate } from '../../support/hub-gate.js';
import { as, ClaimsGuard } from '../../support/refreshes.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ResumablePeer, sequence } from '../../support/resumable-peer.js';

@Hub('/chat', { statefulReconnect: true })
@UseGuards(ClaimsGuard)
class GuardedHub extends ResumableHub {}

describe('an attempt to come back', () => {
  it('that its guards have held up does not take the place of a later one', async () => {
    const { hub, url, next } = await resumableApp({}, GuardedHub);
    const peer = await ResumablePeer.join(url, as({ sub: 'ada' }));
    const interrupted = next('interrupted');
    await peer.cut();
    await interrupted;
    const gate = new Gate();
    ClaimsGuard.also = ({ jti }) => (jti === 'held up' ? gate.pass() : true);
    const refused = peer.refusal(as({ sub: 'ada', jti: 'held up' }));
    await gate.reached;
    expect(await peer.resume(1)).toEqual(sequence(1));
    gate.open();
    expect(await refused).toBe(409);
    peer.call('1', 'note', 'still here');
    expect(await peer.hear()).toMatchObject({ invocationId: '1', result: 'still here' });
    expect(hub.ends).toEqual([]);
  });
});
