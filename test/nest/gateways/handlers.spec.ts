import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { GatewayClient } from 'nestjs-signalr';
import { concat, from, map, of, Subject, tap, throwError, timer } from 'rxjs';
import { log } from '../../support/app-of.js';
import { nextTurn } from '../../support/changes.js';
import { Gate } from '../../support/hub-gate.js';
import { HubPeer } from '../../support/hub-peer.js';
import { failed } from '../../support/nest-calls.js';
import { gatewaysOf } from '../../support/nest-gateways.js';

describe('a handler of a plain gateway', () => {
  const source = { failing$: new Subject<number>(), observers: 0 };

  @WebSocketGateway({ path: '/plain' })
  class PlainGateway {
    @SubscribeMessage('echo')
    echo(@MessageBody() data: unknown) {
      return data;
    }

    @SubscribeMessage('later')
    async later(@MessageBody() data: string) {
      return `${data} later`;
    }

    @SubscribeMessage('nothing')
    nothing() {}

    @SubscribeMessage('client')
    client(@ConnectedSocket() client: GatewayClient, @MessageBody('name') name: string) {
      return [client instanceof GatewayClient, client.id === client.caller.connectionId, name];
    }

    @SubscribeMessage('undecorated')
    undecorated(client: GatewayClient, data: unknown) {
      return [client instanceof GatewayClient, data];
    }

    @SubscribeMessage('response')
    response(@MessageBody() data: unknown) {
      return { event: 'answered', data };
    }

    @SubscribeMessage('numbers')
    numbers() {
      return from([1, 2, 3]);
    }

    @SubscribeMessage('responses')
    responses() {
      return from([1, 2, 3]).pipe(map((data) => ({ event: 'number', data })));
    }

    @SubscribeMessage('promised')
    async promised() {
      return timer(1).pipe(map(() => 'promised'));
    }

    @SubscribeMessage('empty')
    empty() {
      return from([]);
    }

    @SubscribeMessage('like an event')
    like() {
      return { event: 'created', id: 1 };
    }

    @SubscribeMessage('failing')
    failing() {
      return source.failing$.pipe(tap({ subscribe: () => source.observers++ }));
    }

    @SubscribeMessage('dry up')
    dryUp() {
      source.failing$.error(new WsException('The source is dry.'));
      return 'dried up';
    }

    @SubscribeMessage('fails after')
    failsAfter() {
      return concat(
        of(1),
        throwError(() => new WsException('Out of numbers.')),
      );
    }

    @SubscribeMessage('throws')
    throws(@MessageBody() text: string) {
      throw new WsException(text);
    }

    @SubscribeMessage('throws an object')
    throwsObject(@MessageBody() document: object) {
      throw new WsException(document);
    }

    @SubscribeMessage('breaks')
    async breaks() {
      throw new Error('the secret');
    }

    @SubscribeMessage('Case')
    upper() {
      return 'upper';
    }

    @SubscribeMessage('case')
    lower() {
      return 'lower';
    }
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await gatewaysOf([PlainGateway]), '/plain');

  it.each<[string, unknown[], unknown]>([
    ['echo', [{ a: 1 }], { a: 1 }],
    ['echo', [1, 'two', [3]], [1, 'two', [3]]],
    ['echo', [], null],
    ['later', ['x'], 'x later'],
    ['nothing', [1], null],
    ['client', [{ name: 'ada' }], [true, true, 'ada']],
    ['undecorated', ['x'], [true, 'x']],
    ['numbers', [], 3],
    ['promised', [], 'promised'],
    ['empty', [], null],
    ['like an event', [], { event: 'created', id: 1 }],
    ['ECHO', ['x'], 'x'],
    ['Case', [], 'upper'],
    ['case', [], 'lower'],
  ])('answers a call of its message with what it returns: %s %j', async (method, args, result) => {
    const peer = await join();
    expect(await peer.ask(method, ...args)).toEqual({ type: 3, invocationId: 'ask-1', result });
    expect(peer.heard).toHaveLength(2);
  });

  it('that returns an event sends it, and answers with its data', async () => {
    const peer = await join();
    expect(await peer.ask('response', 7)).toMatchObject({ result: 7 });
    expect(await peer.hear()).toEqual({ type: 1, target: 'answered', arguments: [7] });
  });

  it('that returns several events sends them all, and answers with the data of the last', async () => {
    const peer = await join();
    expect(await peer.ask('responses')).toMatchObject({ result: 3 });
    expect(peer.heard.flatMap(({ target, arguments: args }) => (target === 'number' ? args : []))).toEqual([1, 2, 3]);
  });

  it.each<[string, string, unknown, object]>([
    ['a WsException with a text', 'throws', 'No such room.', failed('throws', 'No such room.')],
    ['a WsException with a document that has a message', 'throws an object', { message: 'No.' }, failed('throws an object', 'No.')],
    ['a WsException with any document', 'throws an object', { code: 7 }, failed('throws an object')],
    ['an Observable of a WsException', 'fails after', undefined, failed('fails after', 'Out of numbers.')],
  ])('tells its caller alone what went wrong, as the error of the call: %s', async (_, method, data, error) => {
    const app = await gatewaysOf([PlainGateway]);
    const [peer, other] = [await HubPeer.join(app, '/plain'), await HubPeer.join(app, '/plain')];
    expect(await peer.ask(method, data)).toMatchObject(error);
    expect(await peer.ask('echo', 'alive')).toMatchObject({ result: 'alive' });
    expect(await other.hearsNothing()).toBe(true);
    expect(peer.heard.every(({ type }) => type !== 1)).toBe(true);
  });

  it('tells of any other error only that there was one, and the log the rest', async () => {
    const peer = await join();
    expect(await peer.ask('breaks')).toMatchObject(failed('breaks'));
    expect(log.takeErrors()).toEqual([expect.stringContaining('the secret')]);
  });

  it('fails with its Observable, also where that fails in the course of another client’s call', async () => {
    const app = await gatewaysOf([PlainGateway]);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => HubPeer.join(app, '/plain')));
    const answers = [first, second].map((peer) => peer.ask('failing'));
    while (source.observers < 2) await nextTurn();
    expect(await third.ask('dry up')).toMatchObject({ result: 'dried up' });
    expect(await Promise.all(answers)).toMatchObject([1, 2].map(() => failed('failing', 'The source is dry.')));
    expect(first.heard).toHaveLength(2);
  });

  it('is not failed by an event called exception that the application sends meanwhile', async () => {
    const gate = new Gate();
    let waiting: GatewayClient | undefined;
    @WebSocketGateway({ path: '/waiting' })
    class WaitingGateway {
      @SubscribeMessage('wait')
      async wait(@ConnectedSocket() client: GatewayClient) {
        waiting = client;
        await gate.pass();
        return 'done';
      }
    }
    const peer = await HubPeer.join(await gatewaysOf([WaitingGateway]), '/waiting');
    const answer = peer.ask('wait');
    await gate.reached;
    waiting?.emit('exception', { status: 'error', message: 'Out of paper.' });
    expect(await peer.hear()).toMatchObject({ target: 'exception', arguments: [{ message: 'Out of paper.' }] });
    gate.open();
    expect(await answer).toMatchObject({ result: 'done' });
  });

  it('answers nobody who did not ask, not even with an error', async () => {
    const peer = await join();
    peer.say({ type: 1, target: 'echo', arguments: [1] }, { type: 1, target: 'throws', arguments: ['x'] });
    expect(await peer.hearsNothing()).toBe(true);
  });

  it.each(['unknown', 'handleConnection', 'constructor', '__proto__', 'toString', 'exception'])(
    'F01: is not there for %s',
    async (method) => {
      expect(await (await join()).ask(method)).toMatchObject({
        error: `Failed to invoke '${method}' due to an error on the server. HubException: Method does not exist.`,
      });
    },
  );
});
