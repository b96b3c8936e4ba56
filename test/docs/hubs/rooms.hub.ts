import { Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubMethod } from 'nestjs-signalr';

@Hub('/rooms', { history: { size: 100, ttl: 300_000 } })
export class RoomsHub {
  @HubMethod()
  async join(room: string, @Caller() caller: HubCallerContext) {
    await caller.groups.add(room);
  }

  @HubMethod()
  async say(room: string, text: string, @Clients() clients: HubCallerClients) {
    await clients.group(room).send('said', text);
  }
}
