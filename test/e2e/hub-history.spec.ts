import { describe, expect, it } from '@jest/globals';
import type { HubConnection } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { Caller, Hub, HubClients, HubMethod, type GroupPosition, type GroupRecovery, type HubCallerContext } from 'nestjs-signalr';
import { servedAppOf } from '../support/app-of.js';
import { connectTo } from '../support/nest-client.js';

@Hub('/rooms', { history: { size: 5 } })
class RoomsHub {
  @HubMethod()
  async join(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(room);
  }

  @HubMethod()
  abort(@Caller() caller: HubCallerContext) {
    caller.request?.socket.destroy();
  }
}

/** A client that keeps its place in a room. */
class Reader {
  readonly texts: unknown[] = [];
  readonly recoveries: boolean[] = [];
  position: GroupPosition | GroupRecovery | undefined;
  private tellBack: (() => void) | undefined;

  constructor(readonly connection: HubConnection) {
    connection.on('said', (text: string, position: GroupPosition) => {
      this.texts.push(text);
      this.position = position;
    });
    connection.onreconnected(() => void this.enter().then(() => this.tellBack?.()));
  }

  async enter(): Promise<void> {
    const { position } = this;
    await this.connection.invoke('join', 'red');
    const recovery = await this.connection.invoke<GroupRecovery>('resume', 'red', position);
    this.recoveries.push(recovery.recovered);
    this.position = recovery;
  }

  /** The connection breaks; something is done in the meantime, and then the client is back. */
  async missing(work: () => Promise<void>): Promise<void> {
    const back = new Promise<void>((resolve) => (this.tellBack = resolve));
    const lost = new Promise<void>((resolve) => this.connection.onreconnecting(() => resolve()));
    void this.connection.send('abort');
    await lost;
    await work();
    await back;
  }
}

describe.each(['json', 'messagepack'])('the official client and the history of a group, over %s', (protocol) => {
  it('gets exactly what it missed when it comes back, or is told that it cannot', async () => {
    const { app, url } = await servedAppOf([RoomsHub]);
    const clients = app.get(HubClients);
    const say = async (...texts: string[]): Promise<void> => {
      for (const text of texts) await clients.group('red').send('said', text);
    };
    const connection = await connectTo(`${url}/rooms`, {}, (builder) => {
      const patient = builder.withAutomaticReconnect([20, 20, 20]);
      return protocol === 'json' ? patient : patient.withHubProtocol(new MessagePackHubProtocol());
    });
    const reader = new Reader(connection);
    await reader.enter();
    await say('one');
    await reader.missing(() => say('two', 'three'));
    expect(reader.texts).toEqual(['one', 'two', 'three']);
    await reader.missing(async () => undefined);
    await reader.missing(() => say('4', '5', '6', '7', '8', '9'));
    await connection.invoke('join', 'red');
    expect([reader.texts.slice(3), reader.recoveries]).toEqual([[], [false, true, true, false]]);
    await say('ten');
    await connection.invoke('join', 'red');
    expect(reader.texts.slice(3)).toEqual(['ten']);
    await connection.stop();
  });
});
