import type { Socket } from 'phoenix';

interface Position {
  epoch: string;
  offset: number;
}

interface Recovery extends Position {
  recovered: boolean;
}

export class News {
  position: Position | undefined;

  constructor(socket: Socket, topic: string, seen: (payload: unknown) => void, reload: () => void) {
    const channel = socket.channel(topic, () => ({ recover: this.position }));
    channel.onMessage = (_event: string, payload: unknown, ref?: string) => {
      if (this.position && ref?.startsWith('@')) this.position.offset = Number(ref.slice(1));
      return payload;
    };
    channel.on('published', seen);
    channel.join().receive('ok', ({ recovery }: { recovery: Recovery }) => this.joined(recovery, reload));
  }

  private joined({ recovered, epoch, offset }: Recovery, reload: () => void): void {
    if (recovered) return;
    if (this.position) reload();
    this.position = { epoch, offset };
  }
}
