import { bootErrors } from '../common/boot-errors.js';
import type { ChannelDescriptor, ChannelHandler, IncomingHandler } from '../channels/channel.descriptor.js';
import { resolveChannelOptions, type ResolvedChannelOptions } from '../channels/channel.options.js';
import { canMeet, PatternTable, type PatternEntry } from '../channels/patterns.js';
import {
  CHANNEL_HANDLERS_METADATA,
  handlerDecorators,
  metadataOf,
  SUBSCRIPTIONS_METADATA,
  type ChannelHandlerKind,
  type ChannelMetadata,
  type HandlerMark,
  type SubscriptionMark,
} from './channel-metadata.js';
import { channelLanguage } from './channel.language.js';
import { ClassCompiler, type Workshop } from './class-compiler.js';
import type { FoundChannel } from './explorer.js';
import { markedMethodOf, type DecoratedMethod, type Mark } from './hub.methods.js';
import { parametersOf } from './hub.parameters.js';

/** A method and what one of its decorators says of it. */
interface Marked {
  readonly method: DecoratedMethod;
  readonly mark: HandlerMark;
}

const HANDLER: Mark = { metadata: CHANNEL_HANDLERS_METADATA, thing: 'handler', decorator: 'what stands above that one' };

/** Makes plain functions of one channel class. */
export class ChannelCompiler extends ClassCompiler {
  private readonly metadata: ChannelMetadata;
  private marked: readonly Marked[] = [];

  constructor(channel: FoundChannel<ChannelMetadata>, workshop: Workshop) {
    super(channel, workshop, channelLanguage);
    this.metadata = channel.metadata;
  }

  /**
   * The channel as plain data.
   *
   * @throws SignalRError for handlers of which one could never be called, and for parameters that cannot be served.
   */
  describe(): ChannelDescriptor {
    const { name } = this.found;
    const { patterns } = this.metadata;
    this.refuseForeign("@HandleIn('event')");
    this.marked = this.findMarked();
    if (!this.marked.some(({ mark }) => mark.kind === 'join')) throw bootErrors.noJoin(name);
    return {
      name,
      patterns,
      ...this.settings(),
      joins: this.byTopic('join', (method) => this.callable(method)),
      leaves: this.byTopic('leave', (method) => this.hook(method)),
      incoming: this.byEvent('in', (marked) => this.incoming(marked)),
      outgoing: this.byEvent('out', ({ method }) => this.hook(method)),
      opened: this.single('opened'),
      closed: this.single('closed'),
      presenceChanged: this.single('presence'),
      guard: this.guardOfClass(),
      isGuarded: this.isGuarded,
      subscriptions: this.subscriptions(),
    };
  }

  private settings(): ResolvedChannelOptions {
    const { name } = this.found;
    const settings = resolveChannelOptions(this.metadata.options, `@Channel on ${name}`);
    if (!settings.presence && this.of('presence').length > 0) throw bootErrors.noPresence(name);
    return settings;
  }

  private findMarked(): Marked[] {
    return this.methodNames.flatMap((key) => {
      const method = markedMethodOf(this.prototype, key, HANDLER);
      if (method === undefined) return [];
      const marks = Reflect.getOwnMetadata(CHANNEL_HANDLERS_METADATA, method.handler) as HandlerMark[];
      return marks.map((mark) => ({ method, mark }));
    });
  }

  private incoming({ method, mark: { options, patterns } }: Marked): IncomingHandler {
    const { once = false, reply = 'sender' } = options;
    return { name: patterns.join(', '), handle: this.callable(method), isOnce: once, reply };
  }

  /** A method that a client's frame calls. */
  private callable(method: DecoratedMethod): ChannelHandler {
    const { key } = method;
    return this.method(method, parametersOf(this.prototype[key], method, `${this.found.name}.${key}`, this.language));
  }

  /** A method that names no topics is for all of the channel's. */
  private byTopic(kind: 'join' | 'leave', make: (method: DecoratedMethod) => ChannelHandler): PatternTable<ChannelHandler> {
    const { patterns: own } = this.metadata;
    return this.table(kind, ({ method, mark }) => {
      for (const topic of mark.patterns) this.checkTopic(handlerDecorators[kind], topic);
      const handler = make(method);
      return (mark.patterns.length > 0 ? mark.patterns : own).map((pattern) => [pattern, handler]);
    });
  }

  private byEvent<T>(kind: 'in' | 'out', make: (marked: Marked) => T): PatternTable<T> {
    return this.table(kind, (marked) => {
      const handler = make(marked);
      return marked.mark.patterns.map((pattern) => [pattern, handler]);
    });
  }

  private table<T>(kind: ChannelHandlerKind, entriesOf: (marked: Marked) => PatternEntry<T>[]): PatternTable<T> {
    const entries = this.of(kind).flatMap(entriesOf);
    entries.forEach(([pattern], index) => {
      const isSecond = entries.findIndex(([other]) => other === pattern) < index;
      if (isSecond) throw bootErrors.sameHandler(this.found.name, handlerDecorators[kind], pattern);
    });
    return new PatternTable(entries);
  }

  private single(kind: 'opened' | 'closed' | 'presence'): ChannelHandler | undefined {
    const [first, second] = this.of(kind);
    if (second !== undefined) throw bootErrors.sameHandler(this.found.name, handlerDecorators[kind], '');
    return first && this.hook(first.method);
  }

  private subscriptions(): readonly SubscriptionMark[] {
    const marks = metadataOf<SubscriptionMark[]>(SUBSCRIPTIONS_METADATA, this.found.type) ?? [];
    for (const { pattern } of marks) this.checkTopic('@Subscribe', pattern);
    return marks;
  }

  private of(kind: ChannelHandlerKind): Marked[] {
    return this.marked.filter(({ mark }) => mark.kind === kind);
  }

  private checkTopic(decorator: string, topic: string): void {
    if (!this.metadata.patterns.some((pattern) => canMeet(pattern, topic)))
      throw bootErrors.unreachableTopic(this.found.name, decorator, topic);
  }
}
