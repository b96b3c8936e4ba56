import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '../../lib/connections/outbox.js';
import { FakeTransport } from '../support/fake-transport.js';
import { nextTurn } from '../support/changes.js';
import { RequestHost } from '../support/request-host.js';
import { EventPeer } from '../support/request-peer.js';

const MARKS = { highWaterMark: 10, maximum: 100 };

describe('an event stream of which a middleware wraps the response', () => {
  let host: RequestHost;

  afterEach(() => host.close());

  const connect = async (wrap: (response: ServerResponse) => void): Promise<Awaited<ReturnType<RequestHost['next']>>> => {
    host = await RequestHost.open('events', wrap);
    await new EventPeer(host.url).open();
    return host.next();
  };

  const fail = (): never => {
    throw new Error('a middleware fails');
  };

  it.each<[string, (response: ServerResponse) => void]>([
    ['write', (response) => (response.write = fail)],
    ['flush', (response) => Object.assign(response, { flush: fail })],
  ])('ends alone where its %s throws, and others are written to', async (_, wrap) => {
    const handler = await connect(wrap);
    const other = new FakeTransport();
    handler.connection.send('news');
    new Outbox(other, MARKS).push('news');
    await nextTurn();
    expect(other.written).toEqual(['news']);
    expect((await handler.transportEnded()).code).toBe('transport-closed');
  });
});
