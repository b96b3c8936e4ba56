import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { Hub, HubMethod } from 'nestjs-signalr';
import { of } from 'rxjs';
import { HubCall } from '../../../lib/hubs/hub.call.js';
import type { HubConnection } from '../../../lib/hubs/hub.connection.js';
import { HubRegistry } from '../../../lib/nest/hub.registry.js';
import { appOf } from '../../support/app-of.js';
import { HubPeer } from '../../support/hub-peer.js';

const same = { transform: (value: unknown) => value };
const rethrow = {
  catch: (error: unknown) => {
    throw error;
  },
};

@Hub('/compiled')
class CompiledHub {
  readonly result = {};

  @HubMethod()
  bare(_value: unknown) {
    return this.result;
  }

  @HubMethod()
  typed(_value: number) {
    return this.result;
  }

  @HubMethod()
  @UseGuards({ canActivate: () => true })
  @UsePipes(same)
  @UseFilters(rethrow)
  guarded(_value: unknown) {
    return this.result;
  }

  @HubMethod()
  @UseGuards({ canActivate: () => of(true) })
  @UsePipes(same)
  @UseInterceptors({ intercept: (_, next) => next.handle() })
  @UseFilters(rethrow)
  full(value: unknown) {
    return value;
  }
}

/** Calls what was compiled of a method, with nothing before it. */
async function callCompiled(method: string): Promise<{ returned: unknown; result: object; call: HubCall }> {
  const app = await appOf([CompiledHub]);
  const handler = app.get(HubRegistry).find(CompiledHub).descriptor.methods.get(method)?.handler;
  const call = new HubCall({} as HubConnection, method, [1]);
  return { returned: handler?.(call), result: app.get(CompiledHub).result, call };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('what stands around a method', () => {
  it('is nothing where nothing was asked for: the method is called, its result is the answer, no context is made', async () => {
    const { returned, result, call } = await callCompiled('bare');
    expect(returned).toBe(result);
    expect(call.context).toBeUndefined();
  });

  it.each(['typed', 'guarded'])('is not awaited where there is nothing to await: %s', async (method) => {
    const { returned, result } = await callCompiled(method);
    expect(returned).toBe(result);
  });

  it('is found once, when the application starts: no call reads metadata', async () => {
    const peer = await HubPeer.join(await appOf([CompiledHub]), CompiledHub);
    const reads = (['getMetadata', 'getOwnMetadata', 'hasMetadata'] as const).map((name) => jest.spyOn(Reflect, name));
    for (const method of ['bare', 'guarded', 'full']) expect(await peer.ask(method, 1)).toHaveProperty('result');
    for (const read of reads) expect(read).not.toHaveBeenCalled();
  });
});
