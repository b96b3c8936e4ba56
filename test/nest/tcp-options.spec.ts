import { describe, expect, it } from '@jest/globals';
import { Injectable, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Hub, HubMethod, SignalRServer, type SignalRModuleOptions } from 'nestjs-signalr';
import { appFrom, appOf, moduleOf } from '../support/app-of.js';

const tcp = { port: 0 };

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Hub('/plain', { tcp })
class PlainHub {}
@Hub('/other')
class OtherHub {}
@Hub('/homeless', { tcp: { host: 'localhost' } })
class HomelessHub {}
@Hub('/guarded', { tcp })
@UseGuards(NobodyGuard)
class GuardedHub {}
@Hub('/connect', { tcp, connectGuards: [NobodyGuard] })
class ConnectGuardedHub {}
@Hub('/hook', { tcp })
class HookGuardedHub {
  @UseGuards(NobodyGuard)
  onConnected() {}
}
@Hub('/scoped', { tcp, scope: 'connection' })
class ScopedHub {}
@Hub('/scoped-guarded', { tcp, scope: 'connection' })
@UseGuards(NobodyGuard)
class ScopedGuardedHub {}
@Hub('/method', { tcp })
class MethodGuardedHub {
  @HubMethod()
  @UseGuards(NobodyGuard)
  secret() {}
}

const refused = 'has guards or authentication for whoever connects, and over raw TCP there is no request that they could be asked about.';

describe('the option tcp', () => {
  it.each<[string, Type[], SignalRModuleOptions, string]>([
    [
      'of the module, where there are several hubs',
      [PlainHub, OtherHub],
      { tcp },
      'is for one hub, and there are several: PlainHub, OtherHub.',
    ],
    ['of a hub, without a port', [HomelessHub], {}, "The option 'tcp' of HomelessHub names no port."],
    ['of the module, without a port at any hub', [OtherHub], { tcp: {} }, "The option 'tcp' of SignalRModule names no port."],
    ['with a port that is none', [OtherHub], { tcp: { port: 70_000 } }, "The option 'tcp.port' in the options of SignalRModule is 70000."],
    [
      'with a host that is none',
      [OtherHub],
      { tcp: { port: 0, host: '' } },
      "The option 'tcp.host' in the options of SignalRModule is ''.",
    ],
    ['of a hub with a guard', [GuardedHub], {}, `GuardedHub ${refused}`],
    ['of a hub with connectGuards', [ConnectGuardedHub], {}, `ConnectGuardedHub ${refused}`],
    ['of a hub with a guard on onConnected', [HookGuardedHub], {}, `HookGuardedHub ${refused}`],
    ['of a hub with a guard and an instance for each connection', [ScopedGuardedHub], {}, `ScopedGuardedHub ${refused}`],
    ['beside authenticate', [PlainHub], { authenticate: () => 'ada' }, `PlainHub ${refused}`],
  ])('is refused %s', async (_, hubs, options, text) => {
    await expect(appOf(hubs, options)).rejects.toThrow(text);
  });

  it('is refused where the whole application is guarded', async () => {
    const { imports, providers } = moduleOf([PlainHub]);
    const guarded = { imports, providers: [...providers, { provide: APP_GUARD, useClass: NobodyGuard }] };
    await expect(appFrom(guarded)).rejects.toThrow(`PlainHub ${refused}`);
  });

  it.each<[string, Type, SignalRModuleOptions]>([
    ['a guard that is asked about single calls', MethodGuardedHub, {}],
    ['an instance for each connection', ScopedHub, {}],
  ])('is served with %s', async (_, hub, options) => {
    const app = await appOf([hub], options);
    expect(app.get(SignalRServer).tcpAddress(hub)).toBeDefined();
  });
});
