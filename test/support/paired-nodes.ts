import type { INestApplication } from '@nestjs/common';
import type { HubClass } from 'nestjs-signalr';
import type { Address, Name } from '../../lib/delivery/address.js';
import type { Backplane } from '../../lib/delivery/backplane.js';
import { HubRegistry } from '../../lib/nest/hub.registry.js';
import { HUB_GROUND } from '../../lib/nest/tokens.js';
import type { InvocationMessage } from '../../lib/protocol/messages.js';
import { nextTurn } from './changes.js';

type Arrived = (address: Address, message: InvocationMessage) => void;

/** One end of what connects two nodes in this process. What is published arrives at the other as a copy, a turn of the event loop later and in order. */
export class PairedBackplane implements Backplane<InvocationMessage> {
  /** What this node has subscribed to. */
  readonly names = new Set<Name>();
  private other: PairedBackplane = this;
  private arrived: Arrived = () => undefined;

  /** Two ends that belong together. */
  static pair(): [PairedBackplane, PairedBackplane] {
    const [one, other] = [new PairedBackplane(), new PairedBackplane()];
    one.other = other;
    other.other = one;
    return [one, other];
  }

  /** Connects an application with one hub that has not started yet. */
  connect(app: INestApplication, hub: HubClass): void {
    Object.assign(app.get<object>(HUB_GROUND, { strict: false }), { backplane: this });
    this.arrived = (address, message) => {
      const { delivery } = app.get(HubRegistry, { strict: false }).find(hub).core;
      delivery.deliverHere(address, delivery.prepare(message));
    };
  }

  async publish(address: Address, message: InvocationMessage): Promise<void> {
    const copy = structuredClone({ address, message });
    await nextTurn();
    const { names, arrived } = this.other;
    if (copy.address.names.some((name) => names.has(name))) arrived(copy.address, copy.message);
  }

  subscribe(name: Name): void {
    if (this.names.has(name)) throw new Error(`The name ${name} is subscribed to twice.`);
    this.names.add(name);
  }

  unsubscribe(name: Name): void {
    if (!this.names.delete(name)) throw new Error(`The name ${name} is not subscribed to.`);
  }
}
