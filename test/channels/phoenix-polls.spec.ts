import { describe, expect, it } from '@jest/globals';
import { closeReason } from '../../lib/common/close-reason.js';
import { nextTurn } from '../support/changes.js';
import { PhoenixPollHost } from '../support/phoenix-poll-host.js';
import { read } from '../support/phoenix-poller.js';

const GONE = { status: 410, token: null, messages: [] };

describe('A poll', () => {
  it('waits for something to say', async () => {
    const host = new PhoenixPollHost();
    const { token, wait, say } = await host.open();
    const waiting = await wait();
    expect(waiting.status).toBeUndefined();
    await say('["ä"]');
    expect(await read(waiting)).toEqual({ status: 200, token, messages: ['["ä"]'] });
    expect(waiting).toMatchObject({ status: 200, answerHeaders: { 'Cache-Control': 'no-store' } });
  });

  it('brings what was said before it, and all that is said in one turn', async () => {
    const host = new PhoenixPollHost();
    const { poll, wait, say } = await host.open();
    await say('1', '2');
    await say('3');
    expect(await read(poll())).toMatchObject({ messages: ['1', '2', '3'] });
    const waiting = await wait();
    await say('4', '5');
    expect(await read(waiting)).toMatchObject({ messages: ['4', '5'] });
  });

  it('is answered with nothing after ten seconds', async () => {
    const host = new PhoenixPollHost();
    const { token, poll, wait, say } = await host.open();
    const waiting = await wait();
    await host.clock.advance(9_000);
    expect(waiting.status).toBeUndefined();
    await host.clock.advance(1_000);
    expect(await read(waiting)).toEqual({ status: 204, token, messages: [] });
    await say('1');
    expect(await read(poll())).toMatchObject({ status: 200, messages: ['1'] });
  });

  it('A10: makes way for a newer one', async () => {
    const host = new PhoenixPollHost();
    const { poll, say } = await host.open();
    const older = poll();
    const newer = poll();
    expect(await read(older)).toMatchObject({ status: 204, messages: [] });
    await say('1');
    expect(await read(newer)).toMatchObject({ status: 200, messages: ['1'] });
  });

  it('that was given up loses nothing', async () => {
    const host = new PhoenixPollHost();
    const { poll, wait, say } = await host.open();
    const gone = await wait();
    gone.abandon();
    await say('1');
    expect(gone.status).toBeUndefined();
    expect(await read(poll())).toMatchObject({ messages: ['1'] });
  });

  it('that is given up before anybody has looked at it loses nothing', async () => {
    const host = new PhoenixPollHost();
    const { poll, say } = await host.open();
    poll().abandon();
    await say('1');
    expect(await read(poll())).toMatchObject({ messages: ['1'] });
  });

  it('A10: that breaks off while it is answered loses nothing, and the next one waits to know that', async () => {
    const host = new PhoenixPollHost();
    const { poll, wait, say } = await host.open();
    const broken = await wait();
    broken.whenStreaming = (stream) => (stream.end = () => stream.lose());
    await say('1');
    expect(await read(poll())).toMatchObject({ messages: ['1'] });
  });

  it('that comes while another is being answered waits for that, and a newer one takes its place', async () => {
    const host = new PhoenixPollHost();
    const { poll, say } = await host.open();
    await say('1');
    const [first, second, third] = [poll(), poll(), poll()];
    expect(await read(first)).toMatchObject({ messages: ['1'] });
    expect(await read(second)).toMatchObject({ status: 204 });
    await say('2');
    expect(await read(third)).toMatchObject({ messages: ['2'] });
  });

  it('that was held back and given up takes nothing with it', async () => {
    const host = new PhoenixPollHost();
    const { poll, say } = await host.open();
    await say('1');
    poll();
    poll().abandon();
    await nextTurn();
    await say('2');
    expect(await read(poll())).toMatchObject({ messages: ['2'] });
  });

  it('brings the last words of a session, and the next one that it is over', async () => {
    const host = new PhoenixPollHost();
    const { handler, poll } = await host.open();
    handler.words = '"bye"';
    handler.connection.close(closeReason('disconnected'));
    expect(await read(poll())).toMatchObject({ status: 200, messages: ['"bye"'] });
    await nextTurn();
    expect(await read(poll())).toEqual(GONE);
    await handler.connection.ended();
    expect(host.store.size).toBe(0);
  });

  it('that waits is told when its session ends', async () => {
    const host = new PhoenixPollHost();
    const { handler, wait } = await host.open();
    const waiting = await wait();
    handler.connection.close(closeReason('disconnected'));
    expect(await read(waiting)).toEqual(GONE);
  });

  it('finds nothing of a session whose client was gone for too long after the end', async () => {
    const host = new PhoenixPollHost();
    const { handler, poll } = await host.open();
    handler.words = '"bye"';
    handler.connection.close(closeReason('disconnected'));
    await host.clock.advance(15_000);
    expect(await read(poll())).toEqual(GONE);
  });

  it('that takes nothing of its answer ends its session', async () => {
    const host = new PhoenixPollHost();
    const { handler, wait, say } = await host.open();
    const stuck = await wait();
    stuck.whenStreaming = (stream) => Object.assign(stream, { end: () => undefined, bufferedAmount: 100 });
    await say('1');
    await host.clock.advance(11_000);
    expect([stuck.events?.state, handler.endedFor[0]?.error]).toMatchObject(['destroyed', { code: 'ERR_SIGNALR_SEND_TIMEOUT' }]);
  });
});

describe('What waits for the next poll', () => {
  it('is bounded: a client for which more waits is at the end of its session', async () => {
    const host = new PhoenixPollHost({ outbox: { maximum: 100 } });
    const { handler, poll, say } = await host.open();
    await say('x'.repeat(60), 'y'.repeat(39));
    expect(handler.endedFor).toEqual([]);
    await say('zz');
    expect(handler.endedFor[0].error).toMatchObject({ code: 'ERR_SIGNALR_SLOW_CLIENT' });
    expect(await read(poll())).toEqual(GONE);
  });

  it('makes room when it is out', async () => {
    const host = new PhoenixPollHost({ outbox: { maximum: 100, highWaterMark: 50 } });
    const { handler, poll, say } = await host.open();
    await say('x'.repeat(90));
    const room = handler.connection.room();
    expect(room).toBeDefined();
    await read(poll());
    await room;
    await say('y'.repeat(90));
    expect(await read(poll())).toMatchObject({ messages: ['y'.repeat(90)] });
  });
});
