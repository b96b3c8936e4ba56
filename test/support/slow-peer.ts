import type { INestApplicationContext } from '@nestjs/common';
import { SignalRServer, type HubClass, type HubProtocol } from 'nestjs-signalr';
import { duplexPair, type Duplex } from 'node:stream';
import { FrameReader, textFraming } from '../../lib/protocol/framing.js';
import type { HubMessage, InvocationMessage } from '../../lib/protocol/messages.js';
import { MessageType } from '../../lib/protocol/messages.js';
import { closeLater } from './app-of.js';
import { Changes } from './changes.js';
import { record } from './hub-peer.js';

/** A client of one protocol that reads only when it is told to. */
export class SlowPeer {
  /** All messages that it has read. */
  readonly messages: HubMessage[] = [];
  private readonly reader = new FrameReader(textFraming, 0);
  private readonly changes = new Changes();
  private isWelcome = false;

  /** @param served - settles when the server is done with it. */
  private constructor(
    readonly stream: Duplex,
    readonly served: Promise<void>,
    private readonly protocol: HubProtocol,
  ) {
    stream.on('data', (chunk: Buffer) => this.read(chunk));
  }

  /** Connects, shakes hands, and reads nothing more. */
  static async join(app: INestApplicationContext, hub: HubClass, protocol: HubProtocol): Promise<SlowPeer> {
    const [ours, theirs] = duplexPair({ highWaterMark: 1_000 });
    // The server waits for who has something to read, also at its end.
    closeLater({ close: () => theirs.destroy() });
    const peer = new SlowPeer(ours, app.get(SignalRServer, { strict: false }).accept(hub, theirs), protocol);
    ours.write(record({ protocol: protocol.name, version: 1 }));
    await peer.changes.until(() => peer.isWelcome);
    peer.stall();
    return peer;
  }

  stall(): void {
    this.stream.pause();
  }

  say(message: HubMessage): void {
    this.stream.write(this.protocol.write(message));
  }

  /** Reads on until it is called by a name; gives the arguments of all calls of another one. */
  async readUntil(target: string): Promise<unknown[][]> {
    this.stream.resume();
    await this.changes.until(() => this.calls.some((call) => call.target === target));
    return this.calls.filter((call) => call.target !== target).map((call) => [...call.arguments]);
  }

  private get calls(): InvocationMessage[] {
    return this.messages.filter((message) => message.type === MessageType.Invocation);
  }

  private read(chunk: Buffer): void {
    this.reader.push(chunk, (bytes, start, end) => {
      if (this.isWelcome) this.take(bytes, start, end);
      else this.reader.framing = this.protocol.framing;
      this.isWelcome = true;
    });
    this.changes.announce();
  }

  private take(bytes: Buffer, start: number, end: number): void {
    const message = this.protocol.parse(bytes, start, end);
    if (message !== undefined) this.messages.push(message);
  }
}
