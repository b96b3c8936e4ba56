import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, SignalRServer } from 'nestjs-signalr';
import { Subject, firstValueFrom, toArray } from 'rxjs';
import { appOf, closeLater } from '../support/app-of.js';
import { nextTurn } from '../support/changes.js';
import { FakeWebSocket } from '../support/fake-web-socket.js';
import { Gate } from '../support/hub-gate.js';
import { HANDSHAKE, invocation, record, SEPARATOR, type Heard } from '../support/hub-peer.js';

const KILOBYTE = 'x'.repeat(1_000);
const COUNT = 150;

@Hub('/given')
class GivenHub {
  gate = new Gate();

  @HubMethod()
  async read(values: Subject<[number, string]>) {
    await this.gate.pass();
    const all = await firstValueFrom(values.pipe(toArray()));
    return all.map(([index]) => index);
  }

  @HubMethod()
  async unread(values: Subject<unknown>) {
    await this.gate.pass();
    return values.observed ? 'read' : 'done';
  }

  @HubMethod()
  plain() {
    return 'plain';
  }
}

/** A client over a WebSocket that cannot be paused: what it sends while it is held back is read later. */
class Client {
  private constructor(
    readonly hub: GivenHub,
    private readonly socket: FakeWebSocket,
  ) {}

  static async join(): Promise<Client> {
    const app = await appOf([GivenHub]);
    const client = new Client(app.get(GivenHub), new FakeWebSocket());
    closeLater({ close: () => client.socket.leave() });
    void app.get(SignalRServer).accept(GivenHub, client.socket);
    client.socket.bring(HANDSHAKE);
    return client;
  }

  say(message: object): void {
    this.socket.bring(record(message));
  }

  upload(streamId: string): void {
    for (let index = 0; index < COUNT; index++) this.say({ type: 2, invocationId: streamId, item: [index, KILOBYTE] });
    this.say({ type: 3, invocationId: streamId });
  }

  async answer(invocationId: string): Promise<Heard> {
    for (;;) {
      const texts = this.socket.sent.flatMap((data) => String(data).split(SEPARATOR).slice(0, -1));
      const found = texts.map((text) => JSON.parse(text) as Heard).find((heard) => heard['invocationId'] === invocationId);
      if (found !== undefined) return found;
      await nextTurn();
    }
  }
}

describe('an upload over a given WebSocket that is held back', () => {
  it('comes whole and in order', async () => {
    const client = await Client.join();
    const { hub } = client;
    client.say({ ...invocation('1', 'read'), streamIds: ['s'] });
    await hub.gate.reached;
    client.upload('s');
    hub.gate.open();
    expect(await client.answer('1')).toMatchObject({ result: Array.from({ length: COUNT }, (_, index) => index) });
  });

  it('takes no room any more when its call is over, time after time', async () => {
    const client = await Client.join();
    for (let round = 0; round < 4; round++) {
      client.hub.gate = new Gate();
      client.say({ ...invocation(`unread-${round}`, 'unread'), streamIds: [`s-${round}`] });
      await client.hub.gate.reached;
      client.upload(`s-${round}`);
      client.hub.gate.open();
      expect(await client.answer(`unread-${round}`)).toMatchObject({ result: 'done' });
      client.say(invocation(`plain-${round}`, 'plain'));
      expect(await client.answer(`plain-${round}`)).toMatchObject({ result: 'plain' });
    }
  });
});
