import { describe, expect, it } from '@jest/globals';
import { Headers, ParseIntPipe, UsePipes, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ConnectedSocket, MessageBody } from '@nestjs/websockets';
import { Arg, Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubException, HubMethod, type OnConnected } from 'nestjs-signalr';
import { appOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';
import { failed, unbound } from '../../support/nest-calls.js';
import { Mark } from '../../support/nest-mark.js';

describe('a parameter with a decorator', () => {
  const User = createParamDecorator(
    (name: string, context: ExecutionContext) =>
      (context.switchToWs().getClient<HubCallerContext<Record<string, unknown> | undefined>>().user ?? {})[name],
  );
  const Later = createParamDecorator(async (value: unknown) => value);
  const Broken = createParamDecorator((reason: string) => {
    throw new HubException(reason);
  });

  @Hub('/parameters')
  class ParametersHub implements OnConnected {
    welcomed: unknown[] = [];

    onConnected(@User('name', new Mark('own')) name: unknown, @Clients() clients: unknown, caller?: unknown) {
      this.welcomed = [name, clients instanceof HubCallerClients, caller instanceof HubCallerContext];
    }

    @HubMethod()
    mixed(@Caller() caller: HubCallerContext, a: number, @User('name') name: string, b: string, @Clients() clients: HubCallerClients) {
      return [caller instanceof HubCallerContext, a, name, b, clients instanceof HubCallerClients];
    }

    @HubMethod()
    nest(@ConnectedSocket() caller: HubCallerContext, @MessageBody() body: unknown, other: number) {
      return [caller instanceof HubCallerContext, body, other];
    }

    @HubMethod()
    body(@MessageBody('page', ParseIntPipe) page: number, @MessageBody(new ParseIntPipe()) size: number) {
      return [page, size];
    }

    @HubMethod()
    inherited(@MessageBody('constructor') value: unknown, @MessageBody('length') length: unknown) {
      return [value ?? 'nothing', length ?? 'nothing'];
    }

    @HubMethod()
    later(@Later('x') value: string, @Later(new Mark('own')) piped: string) {
      return [value, piped ?? 'nothing'];
    }

    @HubMethod()
    @UsePipes(new Mark('method'))
    piped(@User('name', new Mark('own')) name: string) {
      return name;
    }

    @HubMethod()
    broken(@Broken('no such thing') _value: unknown) {}
  }

  const join = async (): Promise<HubPeer> => HubPeer.join(await appOf([ParametersHub]), ParametersHub, { user: { name: 'ada' } });

  it('takes no argument, wherever it stands: those without one take the arguments in their order', async () => {
    const peer = await join();
    expect(await peer.ask('mixed', 1, 'x')).toMatchObject({ result: [true, 1, 'ada', 'x', true] });
    expect(await peer.ask('mixed', 1)).toMatchObject(unbound('mixed'));
    expect(await peer.ask('mixed', 1, 'x', 2)).toMatchObject(unbound('mixed'));
  });

  it('may be one of Nest’s for gateways: the caller, and an argument', async () => {
    const peer = await join();
    expect(await peer.ask('nest', { a: 1 }, 2)).toMatchObject({ result: [true, { a: 1 }, 2] });
  });

  it('may ask for a property of its argument, which passes the pipes', async () => {
    const peer = await join();
    expect(await peer.ask('body', { page: '3' }, '20')).toMatchObject({ result: [3, 20] });
    expect(await peer.ask('body', { page: 'x' }, '20')).toHaveProperty('error');
    expect(await peer.ask('body', null, '20')).toHaveProperty('error');
  });

  it('finds no property that its argument has inherited', async () => {
    expect(await (await join()).ask('inherited', {}, 7)).toMatchObject({ result: ['nothing', 'nothing'] });
  });

  it('may give a promise', async () => {
    expect(await (await join()).ask('later')).toMatchObject({ result: ['x', 'nothing'] });
  });

  it('passes the pipes of the method and its own, as something custom', async () => {
    const peer = await join();
    Mark.metadata = [];
    expect(await peer.ask('piped')).toMatchObject({ result: 'ada method own' });
    expect(Mark.metadata.map(({ type, data }) => [type, data])).toEqual([
      ['custom', 'name'],
      ['custom', 'name'],
    ]);
  });

  it('fails the call where its decorator throws', async () => {
    expect(await (await join()).ask('broken')).toMatchObject(failed('broken', 'no such thing'));
  });

  it('works in a hook as it does in a method, its pipes included', async () => {
    const app = await appOf([ParametersHub]);
    const peer = await HubPeer.join(app, ParametersHub, { user: { name: 'ada' } });
    await peer.hearsNothing();
    expect(app.get(ParametersHub).welcomed).toEqual(['ada own', true, true]);
  });

  it('keeps the application from starting where it means nothing on a hub', async () => {
    @Hub('/foreign')
    class ForeignHub {
      @HubMethod()
      go(@Headers('x') _value: unknown) {}
    }
    await expect(appOf([ForeignHub])).rejects.toThrow('Parameter 1 of ForeignHub.go has a decorator that means nothing on a hub.');
  });

  it.each<[string, () => unknown, string]>([
    [
      'an option that @Arg does not know',
      () => Arg({ pipe: new ParseIntPipe() } as never),
      "@Arg does not know 'pipe'. It takes pipes, or",
    ],
    [
      'a schema that is none',
      () => Arg({ schema: {} as never }),
      "The schema of @Arg follows no Standard Schema: it has no '~standard'.validate.",
    ],
    [
      'a constructor',
      () => Caller()(class ChatHub {}, undefined, 0),
      'A decorator for parameters of hub methods stands in the constructor of ChatHub.',
    ],
  ])('is refused with %s', (_, decorate, text) => {
    expect(decorate).toThrow(text);
  });
});
