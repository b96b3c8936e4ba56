import type { HubConnection } from '@microsoft/signalr';
import type { GroupPosition, GroupRecovery } from 'nestjs-signalr';

export class Room {
  private place: { epoch: string; offset: number } | undefined;

  constructor(
    private readonly connection: HubConnection,
    private readonly room: string,
    show: (text: string) => void,
    private readonly reload: () => void,
  ) {
    connection.on('said', (text: string, position: GroupPosition) => {
      if (position.group !== room) return;
      show(text);
      this.reach(position);
    });
    connection.onreconnected(() => void this.enter());
  }

  async enter() {
    const { place } = this; // before anything new comes
    await this.connection.invoke('join', this.room);
    const recovery = await this.connection.invoke<GroupRecovery>('resume', this.room, place);
    this.reach(recovery);
    if (!recovery.recovered) this.reload();
  }

  private reach({ epoch, offset }: { epoch: string; offset: number }) {
    if (epoch !== this.place?.epoch || offset > this.place.offset) this.place = { epoch, offset };
  }
}
