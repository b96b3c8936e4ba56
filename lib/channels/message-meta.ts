/** What a message carries beside its event and its payload. What a dialect does not carry is undefined. */
export class MessageMeta {
  /** By which the sender knows the message. */
  readonly id?: string;
  /** What answers and the message that they answer have in common. */
  readonly correlationId?: string;
  readonly appId?: string;
  readonly userId?: string;
  readonly clientId?: string;
  readonly timestamp?: Date;
  readonly expiration?: Date;
  readonly headers?: Readonly<Record<string, readonly string[]>>;

  /** @internal */
  constructor(known: Partial<MessageMeta> = {}) {
    Object.assign(this, known);
  }
}

/** An answer with metadata; {@link reply} makes it. */
export class ChannelReply {
  constructor(
    readonly payload: unknown,
    readonly meta: Partial<MessageMeta>,
  ) {}
}

/**
 * What a handler returns to answer with metadata; dialects that carry none leave it out.
 *
 * @example
 * return reply({ ok: true }, { headers: { 'x-cost': ['3'] } });
 */
export function reply(payload: unknown, meta: Partial<MessageMeta>): ChannelReply {
  return new ChannelReply(payload, meta);
}
