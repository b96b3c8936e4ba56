import { afterEach } from '@jest/globals';
import { Socket, type Channel, type Push } from 'phoenix';
import { WebSocket } from 'ws';

/** An event and its payload. */
export type Said = [event: string, payload: unknown];

const open = new Set<PhoenixPeer>();

afterEach(async () => {
  await Promise.all(Array.from(open, (peer) => peer.leave()));
});

/** A phoenix.js of its own, connected to an endpoint until the test is over. */
export class PhoenixPeer {
  readonly socket: Socket;

  constructor(url: string) {
    this.socket = new Socket(url, { transport: WebSocket });
    this.socket.connect();
    open.add(this);
  }

  /** What a push is answered with; rejects for an error. */
  answer(push: Push): Promise<unknown> {
    return new Promise((resolve, reject) => push.receive('ok', resolve).receive('error', reject));
  }

  /** The payload of the next such event. */
  next(channel: Channel, event: string): Promise<unknown> {
    return new Promise((resolve) => {
      const ref = channel.on(event, (payload: unknown) => {
        channel.off(event, ref);
        resolve(payload);
      });
    });
  }

  /** Settles when a topic is joined, again or for the first time. */
  joined(topic: string): Promise<void> {
    return new Promise((resolve) => {
      const known = this.socket.onMessage((message: object) => {
        const { event, topic: where } = message as { event: string; topic: string };
        if (event !== 'phx_reply' || where !== topic) return;
        this.socket.off([known]);
        resolve();
      });
    });
  }

  /** Settles when the connection is lost; it comes back by itself. */
  lose(): Promise<void> {
    return new Promise((resolve) => {
      const known = this.socket.onClose(() => {
        this.socket.off([known]);
        resolve();
      });
      (Reflect.get(this.socket, 'conn') as WebSocket).terminate();
    });
  }

  /** Settles when the connection is closed. */
  leave(): Promise<void> {
    open.delete(this);
    return new Promise((resolve) => this.socket.disconnect(() => resolve()));
  }
}
