import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** One TCP connection through the proxy, and the one that it goes on as. */
class Pipe {
  isWebSocket = false;
  private isStalled = false;
  private budget = Infinity;
  private readonly ends: Socket[];

  constructor(
    private readonly client: Socket,
    server: Socket,
    private readonly upgraded: (pipe: Pipe) => void,
  ) {
    this.ends = [client, server];
    client.on('data', (chunk) => this.pass(chunk, server));
    server.on('data', (chunk) => this.answer(chunk));
    for (const [end, other] of [this.ends, [server, client]]) {
      end.on('error', () => undefined);
      end.on('close', () => this.isStalled || other.destroy());
    }
  }

  cutAfter(bytes: number): void {
    this.budget = bytes;
    if (bytes <= 0) this.cut();
  }

  cut(): void {
    for (const end of this.ends) end.destroy();
  }

  reset(): void {
    for (const end of this.ends) end.resetAndDestroy();
  }

  stall(): void {
    this.isStalled = true;
  }

  dropClient(): void {
    this.isStalled = true;
    this.client.destroy();
  }

  get isOpen(): boolean {
    return this.ends.every((end) => !end.destroyed);
  }

  /** What follows the head of the answer to an upgrade is the WebSocket's own. */
  private answer(chunk: Buffer): void {
    const end = this.isWebSocket ? -1 : headLength(chunk);
    if (end < 0) return this.pass(chunk, this.client);
    this.isWebSocket = true;
    this.client.write(chunk.subarray(0, end));
    this.upgraded(this);
    this.pass(chunk.subarray(end), this.client);
  }

  private pass(chunk: Buffer, to: Socket): void {
    if (this.isStalled || to.destroyed) return;
    const part = chunk.subarray(0, Math.max(0, this.budget));
    this.budget -= chunk.length;
    if (this.budget > 0) return void to.write(part);
    to.write(part, () => this.cut());
  }
}

function headLength(chunk: Buffer): number {
  if (!chunk.toString('latin1', 0, 12).startsWith('HTTP/1.1 101')) return -1;
  return chunk.indexOf(HEAD_END) + HEAD_END.length;
}

/** Stands between clients and a server, and breaks what goes through it. Requests that are no WebSockets it lets pass. */
export class CuttingProxy {
  /** Called with each WebSocket that begins. */
  whenUpgraded: () => void = () => undefined;
  /** How many WebSockets there have been. */
  upgrades = 0;
  private current: Pipe | undefined;
  private readonly pipes = new Set<Pipe>();

  private constructor(private readonly server: Server) {}

  /** @param target - where it all goes, as the URL of HTTP. */
  static async before(target: string): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.join(client, new URL(target)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts the last WebSocket, as a network does that says goodbye to TCP alone. */
  cut(): void {
    this.current?.cut();
  }

  /** Cuts it when so many bytes more have passed, whichever way: in the middle of a frame as often as not. */
  cutAfter(bytes: number): void {
    this.current?.cutAfter(bytes);
  }

  /** Cuts it by resets. */
  reset(): void {
    this.current?.reset();
  }

  /** Lets nothing pass any more, and says so to nobody. */
  stall(): void {
    this.current?.stall();
  }

  /** The client loses it; to the server it still stands. */
  dropClient(): void {
    this.current?.dropClient();
  }

  async close(): Promise<void> {
    for (const pipe of this.pipes) pipe.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, { hostname, port }: URL): void {
    const pipe = new Pipe(client, connect({ host: hostname, port: Number(port), noDelay: true }), (upgraded) => this.began(upgraded));
    this.pipes.add(pipe);
    client.on('close', () => pipe.isOpen || this.pipes.delete(pipe));
  }

  private began(pipe: Pipe): void {
    this.current = pipe;
    this.upgrades++;
    this.whenUpgraded();
  }
}
