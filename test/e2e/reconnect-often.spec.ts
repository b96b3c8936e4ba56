import { describe, expect, it } from '@jest/globals';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { Clients, Hub, HubMethod, type HubCallerClients } from 'nestjs-signalr';
import { servedAppOf } from '../support/app-of.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { EndingHub } from '../support/hub-ending.js';

const CUTS = 1_000;

@Hub('/chat', { statefulReconnect: true })
class ChatHub extends EndingHub {
  readonly said: number[] = [];

  @HubMethod()
  async say(number: number, @Clients() clients: HubCallerClients) {
    this.said.push(number);
    await clients.caller.send('said', number);
    return number;
  }
}

describe('the official client, behind a network that breaks a thousand times', () => {
  // Each break costs a TCP connection, an upgrade, and what was not acknowledged in the last second: 7 ms, so that this takes 7 seconds and more.
  it('J01: says and hears everything once and in order', async () => {
    const { app, url } = await servedAppOf([ChatHub]);
    const proxy = await CuttingProxy.before(url);
    const connection = new HubConnectionBuilder()
      .withUrl(`${proxy.url}/chat`)
      .withStatefulReconnect({ bufferSize: 10_000_000 })
      .configureLogging(LogLevel.None)
      .build();
    const heard: number[] = [];
    const answers: Promise<number>[] = [];
    const say = (): unknown => answers.push(connection.invoke<number>('say', answers.length));
    const done = new Promise<void>((resolve, reject) => {
      connection.onclose(reject);
      connection.on('said', (number: number) => {
        heard.push(number);
        if (proxy.upgrades <= CUTS) say();
        else if (heard.length === answers.length) return resolve();
        // Anywhere: in the middle of a frame, of a message, of what is said again.
        if (proxy.upgrades <= CUTS) proxy.cutAfter((number * 37) % 400);
      });
    });
    await connection.start();
    say();
    say();
    await done;
    const all = [...answers.keys()];
    expect([heard, app.get(ChatHub).said, await Promise.all(answers)]).toEqual([all, all, all]);
    await connection.stop();
    await proxy.close();
  }, 60_000);
});
