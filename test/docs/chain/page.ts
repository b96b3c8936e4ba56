import { ChainSocket } from 'nestjs-signalr/browser';

/** Says hello in the lobby and goes; what was said there. */
export async function visit(endpoint: string): Promise<string[]> {
  const said: string[] = [];
  const socket = new ChainSocket({ endpoint, timeout: 10_000 });
  const room = socket.channel('room:lobby', () => ({ name: 'Ada' }));
  room.on('said', ({ by, text }) => said.push(`${by}: ${text}`));
  room.join();
  room.push('say', { text: 'Hello' }).on('ok', () => room.leave());
  await new Promise((resolve) => room.onClose(resolve));
  socket.disconnect();
  return said;
}
