import { Caller, Clients, Hub, HubCallerClients, HubCallerContext, HubMethod, type OnConnected, type OnDisconnected } from 'nestjs-signalr';
import type { Author, ChatClient } from './chat.client.js';
import { ChatService } from './chat.service.js';

/** What a page may ask for. A HubException that is thrown on the way rejects the page's call with its sentence. */
@Hub('/chat')
export class ChatHub implements OnConnected, OnDisconnected {
  constructor(private readonly chat: ChatService) {}

  onConnected(caller: HubCallerContext): Promise<void> {
    return this.chat.greet(caller.connectionId);
  }

  onDisconnected(caller: HubCallerContext): Promise<void> {
    return this.chat.forget(caller.connectionId);
  }

  /**
   * Takes a name, or another one; answers with what the others see.
   *
   * @param key - a secret of the page: who knows it is the same person as before.
   */
  @HubMethod()
  introduce(name: string, key: string, @Caller() caller: HubCallerContext): Promise<Author> {
    return this.chat.introduce(caller.connectionId, name, key);
  }

  @HubMethod()
  join(room: string, @Caller() caller: HubCallerContext): Promise<void> {
    return this.chat.join(caller.connectionId, room);
  }

  @HubMethod()
  leave(@Caller() caller: HubCallerContext): Promise<void> {
    return this.chat.leave(caller.connectionId);
  }

  @HubMethod()
  say(text: string, @Caller() caller: HubCallerContext): Promise<void> {
    return this.chat.say(caller.connectionId, text);
  }

  @HubMethod()
  async typing(@Caller() caller: HubCallerContext, @Clients() clients: HubCallerClients<ChatClient>): Promise<void> {
    const { person, room } = this.chat.member(caller.connectionId);
    await clients.othersInGroup(room.name).send('typing', room.name, person.name);
  }
}
