import { Payload } from '../common/payload.js';
import type { Slowness } from '../common/slowness.js';

/** Turns messages into bytes; the hub protocols and the channel dialects are such encodings. */
export interface Encoding<M> {
  write(message: M): string | Uint8Array;
}

/** One message for many members: encoded at most once per encoding, at the first member that needs it, and never for nobody. */
export class PreparedMessage<M> {
  private encoding: Encoding<M> | undefined;
  private payload: Payload | undefined;
  private others: Map<Encoding<M>, Payload> | undefined;

  /** @param slowness - what becomes of it for members that are too slow. */
  constructor(
    readonly message: M,
    private readonly slowness?: Slowness,
  ) {}

  /**
   * The bytes in one encoding.
   *
   * @throws what the encoding throws for a value that it cannot write.
   */
  payloadFor(encoding: Encoding<M>): Payload {
    if (encoding === this.encoding) return this.payload as Payload;
    return this.encoding === undefined ? this.encodeFirst(encoding) : this.encodeOther(encoding);
  }

  private encodeFirst(encoding: Encoding<M>): Payload {
    const payload = new Payload(encoding.write(this.message), this.slowness);
    this.encoding = encoding;
    this.payload = payload;
    return payload;
  }

  /** A map only where members really differ: most audiences speak one encoding. */
  private encodeOther(encoding: Encoding<M>): Payload {
    this.others ??= new Map();
    const known = this.others.get(encoding);
    if (known !== undefined) return known;
    const payload = new Payload(encoding.write(this.message), this.slowness);
    this.others.set(encoding, payload);
    return payload;
  }
}
