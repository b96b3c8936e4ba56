import type { HubConnection } from '@microsoft/signalr';
import type { GroupPosition, GroupRecovery } from 'nestjs-signalr';

export class Room {
  private place: { epoch: string; offset: number } | undefined;
  private left: Room['place'];

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
    connection.onreconnecting(() => void (this.left ??= this.place)); // before anything new comes
    connection.onreconnected(() => void this.enter());
  }

  async enter() {
    await this.connection.invoke('join', this.room);
    const recovery = await this.connection.invoke<GroupRecovery>('resume', this.room, this.left);
    this.left = undefined;
    this.reach(recovery);
    if (!recovery.recovered) this.reload();
  }

  private reach({ epoch, offset }: { epoch: string; offset: number }) {
    if (epoch !== this.place?.epoch || offset > this.place.offset) this.place = { epoch, offset };
  }
}
