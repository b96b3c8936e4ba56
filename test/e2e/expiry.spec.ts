import { describe, expect, it } from '@jest/globals';
import * as version10 from '@microsoft/signalr';
import { UseGuards } from '@nestjs/common';
import { Caller, Hub, HubMethod, type HubCallerContext } from 'nestjs-signalr';
import { FakeClock } from 'nestjs-signalr/testing';
import * as version8 from 'signalr-8';
import * as version9 from 'signalr-9';
import { servedAppOf } from '../support/app-of.js';
import { ClaimsGuard, tokenFor } from '../support/refreshes.js';

@Hub('/chat', { authenticationRefresh: true, closeOnAuthenticationExpiration: true })
@UseGuards(ClaimsGuard)
class ChatHub {
  @HubMethod()
  who(@Caller() { user }: HubCallerContext) {
    return user;
  }
}

type Client = typeof version10;

const clients: [string, Client][] = [
  [version8.VERSION, version8 as unknown as Client],
  [version9.VERSION, version9 as unknown as Client],
  [version10.VERSION, version10],
];
const ways = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const;
const cases = clients.flatMap(([version, client]) => ways.map((way) => [version, way, client] as const));

describe.each(cases)('H08: @microsoft/signalr %s over %s', (_, way, { HubConnectionBuilder, HttpTransportType, LogLevel }) => {
  it('comes back with a newer token when the one that it has expires', async () => {
    const clock = new FakeClock();
    const { url } = await servedAppOf([ChatHub], { clock });
    let exp = clock.date().getTime() / 1_000 + 10;
    const options = { transport: HttpTransportType[way], accessTokenFactory: () => tokenFor({ sub: 'ada', exp }) };
    const connection = new HubConnectionBuilder()
      .withUrl(`${url}/chat`, options)
      .withAutomaticReconnect([0])
      .configureLogging(LogLevel.None)
      .build();
    await connection.start();
    expect(await connection.invoke('who')).toEqual({ sub: 'ada', exp });
    const lost = new Promise((resolve) => connection.onreconnecting(resolve));
    const back = new Promise((resolve) => connection.onreconnected(resolve));
    exp += 60;
    await clock.advance(10_000);
    expect(String(await lost)).toContain('The authentication of this connection has expired.');
    await back;
    expect(await connection.invoke('who')).toEqual({ sub: 'ada', exp });
    await connection.stop();
  });
});
