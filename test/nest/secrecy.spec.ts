import { afterEach, describe, expect, it } from '@jest/globals';
import {
  UseGuards,
  UseInterceptors,
  type ArgumentMetadata,
  type CanActivate,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import {
  Arg,
  Channel,
  ChannelEndpoint,
  HandleIn,
  Hub,
  HubMethod,
  Join,
  phoenix,
  UploadStream,
  type OnConnected,
  type OnSocketConnected,
} from 'nestjs-signalr';
import { throwError, type Observable } from 'rxjs';
import { appOf, log, servedAppOf } from '../support/app-of.js';
import { channelsOf } from '../support/channel-app.js';
import { HubPeer, invocation } from '../support/hub-peer.js';
import { doors, knock } from '../support/nest-knock.js';
import { PhoenixClient } from '../support/phoenix-client.js';

/** What is nobody's business: a query, a path, a class. */
class DatabaseError extends Error {
  constructor() {
    super('SELECT password FROM users; at /srv/app/secret.js');
  }
}

const SECRETS = /SELECT|srv|DatabaseError|\.[jt]s\b| at /;

function fail(): never {
  throw new DatabaseError();
}

class FailingGuard implements CanActivate {
  canActivate(): boolean {
    return fail();
  }
}

class FailingPipe implements PipeTransform {
  transform(_value: unknown, _metadata: ArgumentMetadata) {
    fail();
  }
}

class FailingInterceptor implements NestInterceptor {
  intercept(): Observable<unknown> {
    return fail();
  }
}

@Hub('/leaky')
class LeakyHub {
  @HubMethod()
  sync() {
    fail();
  }

  @HubMethod()
  async later() {
    fail();
  }

  @HubMethod()
  @UseGuards(FailingGuard)
  guarded() {}

  @HubMethod()
  piped(@Arg(new FailingPipe()) _value: string) {}

  @HubMethod()
  @UseInterceptors(FailingInterceptor)
  intercepted() {}

  @HubMethod()
  unwritable() {
    return { toJSON: fail };
  }

  @HubMethod()
  observable() {
    return throwError(() => new DatabaseError());
  }

  @HubMethod()
  async *generator() {
    yield 1;
    fail();
  }

  @HubMethod()
  async upload(@UploadStream() _items: Observable<number>) {
    fail();
  }
}

@Hub('/closed')
class ClosedHub implements OnConnected {
  onConnected() {
    fail();
  }
}

@Hub('/refusing')
@UseGuards(FailingGuard)
class RefusingHub {}

@Channel('room:*')
class LeakyChannel {
  @Join('room:closed')
  closed() {
    fail();
  }

  @Join()
  join() {}

  @HandleIn('fail')
  fail() {
    fail();
  }

  @HandleIn('unwritable')
  unwritable() {
    return { toJSON: fail };
  }
}

@ChannelEndpoint('/closed', { dialect: phoenix() })
class ClosedSocket implements OnSocketConnected {
  onConnected() {
    fail();
  }
}

describe('N02: a client is told nothing of what went wrong', () => {
  // All of it stands in the log instead.
  // oxlint-disable-next-line jest/no-standalone-expect
  afterEach(() => expect(log.takeErrors().length).toBeGreaterThan(0));

  it.each(['sync', 'later', 'guarded', 'piped', 'intercepted', 'unwritable'])('in a call: %s', async (target) => {
    const peer = await HubPeer.join(await appOf([LeakyHub]), LeakyHub);
    const { error } = await peer.ask(target, ...(target === 'piped' ? ['x'] : []));
    expect(error).toMatch(/^(An unexpected error|Failed to invoke)/);
    expect(error).not.toMatch(SECRETS);
  });

  it.each(['observable', 'generator'])('in a stream: %s', async (target) => {
    const peer = await HubPeer.join(await appOf([LeakyHub]), LeakyHub);
    peer.say({ ...invocation('1', target), type: 4 });
    while (peer.heard.at(-1)?.['type'] !== 3) await peer.hear();
    expect(peer.texts.join()).not.toMatch(SECRETS);
  });

  it('in an upload', async () => {
    const peer = await HubPeer.join(await appOf([LeakyHub]), LeakyHub);
    peer.say({ ...invocation('1', 'upload'), streamIds: ['s'] });
    expect((await peer.hear())['error']).not.toMatch(SECRETS);
  });

  it('in the hook of a connection that begins', async () => {
    const peer = await HubPeer.join(await appOf([ClosedHub]), ClosedHub);
    expect(await peer.hear()).toMatchObject({ type: 7, error: 'Connection closed with an error.' });
  });

  it.each(doors)('in a guard before the connection, by %s', async (door) => {
    const { url } = await servedAppOf([RefusingHub]);
    const { status, body } = await knock(door, `${url}/refusing`);
    expect([status, body]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
  });

  it('in a channel', async () => {
    const app = await channelsOf([LeakyChannel], { channels: [{ path: '/other', dialect: phoenix() }] });
    const client = await PhoenixClient.open(app, '2.0.0');
    const told = [await client.join('room:closed'), await client.join('room:1')];
    for (const event of ['fail', 'unwritable']) told.push(await client.push('room:1', event));
    expect(told.map(({ status }) => status)).toEqual(['error', 'ok', 'error', 'error']);
    expect(JSON.stringify(told)).not.toMatch(SECRETS);
  });

  it('in the hook of a session that begins', async () => {
    const { url } = await servedAppOf([LeakyChannel, ClosedSocket]);
    const { status, body } = await knock('upgrade', `${url}/closed/websocket`);
    expect([status, body]).toEqual([403, 'Forbidden']);
  });
});
