import {
  Caller,
  Clients,
  Hub,
  HubCallerClients,
  HubCallerContext,
  HubClients,
  HubException,
  HubGroups,
  HubMethod,
  InjectHubClients,
  InjectHubGroups,
  OnConnected,
  OnDisconnected,
} from 'nestjs-signalr';
import { ChatClient } from './chat.client.js';

@Hub('/chat', { maximumParallelInvocationsPerClient: 4 }) // options of this hub win over those of the module; makes the class injectable
export class ChatHub implements OnConnected, OnDisconnected {
  readonly left: string[] = [];

  constructor(
    @InjectHubClients(ChatHub) private readonly clients: HubClients<ChatClient>,
    @InjectHubGroups(ChatHub) private readonly groups: HubGroups,
  ) {}

  async onConnected(caller: HubCallerContext) {
    await caller.groups.add('lobby');
  }

  onDisconnected(caller: HubCallerContext, error?: Error) {
    this.left.push(error?.message ?? caller.connectionId);
  }

  @HubMethod() // wire name: the method's, matched without case; @HubMethod('SendMessage') renames it
  async sendMessage(text: string, @Caller() caller: HubCallerContext, @Clients() clients: HubCallerClients<ChatClient>) {
    await clients.others.send('messageReceived', caller.userIdentifier ?? 'somebody', text);
  }

  @HubMethod('JoinRoom')
  async join(@Caller() caller: HubCallerContext, room: string, since: Date = new Date(0)) {
    if (room === 'vault') throw new HubException('The vault is locked.');
    await this.groups.add(caller.connectionId, room);
    await this.clients.group(room).send('joined', room, since);
    return caller.groups.has('lobby');
  }

  @HubMethod()
  sum(first: number, ...others: number[]): number {
    return others.reduce((a, b) => a + b, first);
  }

  @HubMethod()
  values() {
    return { bytes: Uint8Array.of(1, 2, 3), map: new Map([['a', 1]]), set: new Set([1]), nothing: undefined };
  }
}
