/** What the server may call on a client. */
export interface ChatClient {
  messageReceived(user: string, text: string): void;
  joined(room: string, since: Date): void;
}
