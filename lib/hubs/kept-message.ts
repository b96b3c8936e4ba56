import { Payload } from '../common/payload.js';
import type { Slowness } from '../common/slowness.js';
import type { LogPosition } from '../delivery/log.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import type { InvocationMessage } from '../protocol/messages.js';

/** What a hub with a history needs of its protocols. */
export type KeepingProtocol = HubProtocol & Required<Pick<HubProtocol, 'addArgument'>>;

/** Where a message stands in the history of a group; the last argument of every message that is sent to a group whose hub keeps one. */
export interface GroupPosition extends LogPosition {
  /** The group that it was sent to. */
  readonly group: string;
  /** Another one means that the history itself was lost. */
  readonly epoch: string;
  /** One more than that of the message before it. */
  readonly offset: number;
  /** Where it stands in the other groups that the client is in, if it was sent to several of them at once. */
  readonly also?: readonly GroupPosition[];
}

/** Gives a message as one protocol has written it. */
type Form = () => string | Uint8Array;

/** How a form stands in the log: after the head, in the order of the head. */
type FormHead = readonly [protocol: string, length: number, isBinary: boolean];

/**
 * A message to groups as each protocol of the hub has written it, when it was sent: who comes back is told the very same, whatever became of its
 * arguments in the meantime.
 */
export class KeptMessage {
  /** @param id - of a message to several groups: nobody needs it more than once. */
  private constructor(
    readonly id: string | undefined,
    private readonly forms: ReadonlyMap<string, Form>,
  ) {}

  /** Writes a message in every protocol. Throws what cannot be written. */
  static write(message: InvocationMessage, protocols: readonly HubProtocol[], id?: string): KeptMessage {
    return new KeptMessage(id, new Map(protocols.map((protocol) => formOf(protocol.name, protocol.write(message)))));
  }

  /** What {@link toText} has written. */
  static read(text: string): KeptMessage {
    let at = text.indexOf('\n') + 1;
    const [id, ...heads] = JSON.parse(text.slice(0, at)) as [string | null, ...FormHead[]];
    const forms = heads.map(([protocol, length, isBinary]): [string, Form] => {
      const form = text.slice(at, (at += length));
      return [protocol, isBinary ? () => Buffer.from(form, 'base64') : () => form];
    });
    return new KeptMessage(id ?? undefined, new Map(forms));
  }

  /** As the log keeps it. */
  toText(): string {
    const written = Array.from(this.forms, ([protocol, form]) => [protocol, form()] as const);
    const texts = written.map(([, form]) => (typeof form === 'string' ? form : Buffer.from(form).toString('base64')));
    const heads = written.map(([protocol, form], index): FormHead => [protocol, texts[index].length, typeof form !== 'string']);
    return `${JSON.stringify([this.id ?? null, ...heads])}\n${texts.join('')}`;
  }

  /** Whether it was written in a protocol. */
  isIn({ name }: HubProtocol): boolean {
    return this.forms.has(name);
  }

  /** The message as it is sent to those for whom it has these positions. */
  at(positions: readonly GroupPosition[], slowness?: Slowness): PlacedMessage {
    return new PlacedMessage(this, positions, slowness);
  }

  /** The bytes in a protocol that it was written in, with one more argument. */
  with(argument: unknown, protocol: HubProtocol): string | Uint8Array {
    const form = this.forms.get(protocol.name) as Form;
    return (protocol as KeepingProtocol).addArgument(form(), argument);
  }
}

/** A message with its place in the history; made at most once for each protocol. */
export class PlacedMessage {
  private readonly payloads = new Map<HubProtocol, Payload>();

  /**
   * @param positions - one for each of its groups that the recipients are in.
   * @param slowness - what becomes of it for recipients that are too slow.
   */
  constructor(
    readonly kept: KeptMessage,
    readonly positions: readonly GroupPosition[],
    private readonly slowness?: Slowness,
  ) {}

  payloadFor(protocol: HubProtocol): Payload {
    const known = this.payloads.get(protocol);
    if (known !== undefined) return known;
    const payload = new Payload(this.kept.with(this.argument, protocol), this.slowness);
    this.payloads.set(protocol, payload);
    return payload;
  }

  private get argument(): GroupPosition {
    const [position, ...also] = this.positions;
    return also.length === 0 ? position : { ...position, also };
  }
}

function formOf(protocol: string, written: string | Uint8Array): [string, Form] {
  return [protocol, () => written];
}
