import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Injectable,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Hub, HubException, HubMethod, type OnConnected } from 'nestjs-signalr';
import { of, throwError } from 'rxjs';
import { appFrom, moduleOf, servedAppFrom } from '../../support/app-of.js';
import { HubPeer, invocation } from '../../support/hub-peer.js';
import { failed } from '../../support/nest-calls.js';
import { knock } from '../../support/nest-knock.js';

let asked: string[] = [];

@Injectable()
class AppGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    asked.push(`guard ${context.getType()}`);
    return true;
  }
}

@Injectable()
class AppPipe implements PipeTransform {
  transform(value: unknown): unknown {
    asked.push('pipe');
    return value;
  }
}

@Injectable()
class AppInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    asked.push('interceptor');
    return next.handle();
  }
}

@Catch()
class AppFilter implements ExceptionFilter {
  catch() {
    asked.push('filter');
    return throwError(() => new HubException('filtered'));
  }
}

@Hub('/all')
class AllHub implements OnConnected {
  onConnected() {}

  @HubMethod()
  fail(_value: unknown) {
    throw new Error('never told');
  }

  @HubMethod()
  stream(value: unknown) {
    return of(value);
  }
}

const enhancers = [
  { provide: APP_GUARD, useClass: AppGuard },
  { provide: APP_PIPE, useClass: AppPipe },
  { provide: APP_INTERCEPTOR, useClass: AppInterceptor },
  { provide: APP_FILTER, useClass: AppFilter },
];

const AROUND = ['guard ws', 'interceptor', 'pipe'];

describe('what stands around the whole application', () => {
  beforeEach(() => void (asked = []));

  it('F11: stands around calls, streams and hooks', async () => {
    const app = await appFrom({ ...moduleOf([]), providers: [AllHub, ...enhancers] });
    const peer = await HubPeer.join(app, AllHub);
    expect(await peer.ask('fail', 1)).toMatchObject(failed('fail', 'filtered'));
    expect(asked).toEqual(['interceptor', ...AROUND, 'filter']);
    peer.say({ ...invocation('1', 'stream', 'x'), type: 4 });
    expect([await peer.hear(), await peer.hear()]).toMatchObject([{ item: 'x' }, { type: 3 }]);
    expect(asked.slice(5)).toEqual(AROUND);
  });

  it('F11: has its guards before whoever connects', async () => {
    const { url } = await servedAppFrom({ ...moduleOf([]), providers: [AllHub, ...enhancers] });
    for (const door of ['negotiation', 'upgrade'] as const) await knock(door, `${url}/all`);
    expect(asked.filter((one) => one === 'guard http')).toHaveLength(2);
  });
});
