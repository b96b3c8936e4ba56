import { describe, expect, it } from '@jest/globals';
import { Hub, HubClients, HubException, HubMethod, json } from 'nestjs-signalr';
import { createTestClient } from 'nestjs-signalr/testing';
import { appOf } from '../support/app-of.js';

@Hub('/binary')
class BinaryHub {
  @HubMethod()
  echo(...values: unknown[]) {
    return values;
  }

  @HubMethod()
  fail() {
    throw new HubException('no');
  }
}

describe('a client that speaks MessagePack', () => {
  it('calls methods with values that JSON has no form for', async () => {
    const client = await createTestClient(await appOf([BinaryHub]), BinaryHub, { protocol: 'messagepack' });
    const values = [1, 'é', null, [true], { a: 1.5 }, new Uint8Array([1, 2]), new Date(0), 2n ** 60n];
    expect(await client.invoke('echo', ...values)).toEqual(values);
  });

  it('is told what went wrong', async () => {
    const client = await createTestClient(await appOf([BinaryHub]), BinaryHub, { protocol: 'messagepack' });
    await expect(client.invoke('fail')).rejects.toThrow('HubException: no');
  });

  it('gets the same broadcast as one that speaks JSON', async () => {
    const app = await appOf([BinaryHub]);
    const binary = await createTestClient(app, BinaryHub, { protocol: 'messagepack' });
    const text = await createTestClient(app, BinaryHub);
    await app.get(HubClients).all.send('said', 'to both', 7);
    expect([await binary.next('said'), await text.next('said')]).toEqual([
      ['to both', 7],
      ['to both', 7],
    ]);
  });

  it('is refused where a hub speaks JSON alone', async () => {
    const app = await appOf([BinaryHub], { protocols: [json()] });
    await expect(createTestClient(app, BinaryHub, { protocol: 'messagepack' })).rejects.toThrow(
      "The protocol 'messagepack' is not supported.",
    );
  });
});
