import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between a browser and a server, that can be cut and mended while both go on. */
export class TcpWire {
  private readonly server = createServer((near) => this.join(near));
  private readonly ends = new Set<Socket>();
  private isCut = false;

  private constructor(private readonly port: number) {}

  /** @param port - of the server, on this machine. */
  static async to(port: number): Promise<TcpWire> {
    const wire = new TcpWire(port);
    await once(wire.server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  /** Where the server is found through it. */
  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on nothing gets through. */
  cut(): void {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(near: Socket): void {
    if (this.isCut) return void near.destroy();
    const far = connect(this.port, '127.0.0.1');
    for (const [end, other] of [[near, far] as const, [far, near] as const]) {
      this.ends.add(end);
      end.on('error', () => undefined).on('close', () => this.part(end, other));
    }
    near.pipe(far).pipe(near);
  }

  private part(end: Socket, other: Socket): void {
    this.ends.delete(end);
    other.destroy();
  }
}
