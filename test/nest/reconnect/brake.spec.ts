import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, UploadStream } from 'nestjs-signalr';
import { turns } from '../../support/changes.js';
import { resumableApp, ResumableHub } from '../../support/resumable-app.js';
import { ack, ResumablePeer } from '../../support/resumable-peer.js';

/** Holds back its clients early, and keeps next to nothing for them. */
@Hub('/chat', { statefulReconnect: { maximumMessages: 3 }, uploadBacklog: 2_000, maximumReceiveMessageSize: 1_000 })
class NarrowHub extends ResumableHub {
  @HubMethod()
  async *mirror(@UploadStream() values: AsyncIterable<unknown>) {
    for await (const value of values) yield value;
  }
}

async function joined() {
  const house = await resumableApp({}, NarrowHub);
  return { ...house, peer: await ResumablePeer.join(house.url) };
}

const TEXT = 'x'.repeat(100);

describe('an acknowledgement', () => {
  it('is read though it stands behind a stream that waits for it', async () => {
    const { hub, peer } = await joined();
    const items = Array.from({ length: 90 }, (_, index) => ({ type: 2, invocationId: 's', item: `${index} ${TEXT}` }));
    peer.say({ type: 4, invocationId: '1', target: 'mirror', arguments: [], streamIds: ['s'] }, ...items);
    for (let index = 0; index < items.length; index++) {
      expect(await peer.hearOf(2)).toMatchObject({ item: items[index].item });
      if (index % 3 === 2) peer.say(ack(index + 1));
    }
    peer.say({ type: 3, invocationId: 's' });
    expect(await peer.hearOf(3)).toMatchObject({ invocationId: '1' });
    expect(hub.ends).toEqual([]);
  });

  it('is read though it stands behind calls that wait for their turn', async () => {
    const { hub, clients, peer } = await joined();
    peer.call('0', 'wait');
    for (let index = 1; index <= 60; index++) peer.call(String(index), 'note', TEXT);
    await hub.gate.reached;
    await turns(20);
    for (let index = 1; index <= 12; index++) await clients.all.send('said', index);
    for (const newest of [3, 6, 9, 12]) {
      expect(await peer.hearCalls(3)).toEqual([newest - 2, newest - 1, newest]);
      peer.say(ack(newest));
    }
    expect(hub.notes).toEqual([]);
  });
});
