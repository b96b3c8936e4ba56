import { CHANNEL_HANDLERS_METADATA, CHANNEL_METADATA, handlerDecorators, type HandlerMark } from './channel-metadata.js';
import { HUB_METADATA, HUB_METHOD_METADATA } from './hub-metadata.js';
import { decoratedMethodOf } from './hub.methods.js';
import { GATEWAY, SUBSCRIBE_MESSAGE, type HandlerRef } from './nest-internals.js';

/** A decorator of methods, and that of the classes in which it means something. */
interface Decorator {
  readonly metadata: string;
  readonly home: string;
  nameOn(handler: HandlerRef): string;
}

const decorators: readonly Decorator[] = [
  { metadata: HUB_METHOD_METADATA, home: HUB_METADATA, nameOn: () => '@HubMethod' },
  { metadata: SUBSCRIBE_MESSAGE, home: GATEWAY, nameOn: () => '@SubscribeMessage' },
  { metadata: CHANNEL_HANDLERS_METADATA, home: CHANNEL_METADATA, nameOn: channelDecoratorOn },
];

/** The decorator above a method that means nothing in its class, for texts; undefined where there is none. */
export function foreignDecoratorOf(prototype: object, key: string): string | undefined {
  const handler = decoratedMethodOf(prototype, key)?.handler;
  if (handler === undefined) return undefined;
  const foreign = decorators.filter(({ home }) => !Reflect.hasMetadata(home, prototype.constructor));
  return foreign.find(({ metadata }) => Reflect.hasOwnMetadata(metadata, handler))?.nameOn(handler);
}

function channelDecoratorOn(handler: HandlerRef): string {
  const [{ kind }] = Reflect.getOwnMetadata(CHANNEL_HANDLERS_METADATA, handler) as HandlerMark[];
  return handlerDecorators[kind];
}
