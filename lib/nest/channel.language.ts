import type { ChannelCall } from '../channels/channel.call.js';
import { ChannelSession, ChannelSocket } from '../channels/channel.socket.js';
import { MessageMeta } from '../channels/message-meta.js';
import type { Language } from './language.js';

/** What the methods of channels may have as parameters. */
export const channelLanguage: Language = {
  speaker: 'a channel',
  givens: new Map<string, (call: ChannelCall) => unknown>([
    ['socket', (call) => call.caller],
    ['topic', (call) => call.topic],
    ['event', (call) => call.target],
    ['reason', (call) => call.reason],
    ['meta', (call) => call.meta],
    ['signal', (call) => call.signal],
  ]),
  takesUploads: false,
  connectedSocket: 'socket',
  types: new Map<unknown, { kind: string; decorator: string }>([
    [ChannelSocket, { kind: 'socket', decorator: '@Socket()' }],
    [ChannelSession, { kind: 'socket', decorator: '@Socket()' }],
    [MessageMeta, { kind: 'meta', decorator: '@Meta()' }],
    [AbortSignal, { kind: 'signal', decorator: '@Signal()' }],
  ]),
  decorators: '@Socket, @Topic, @Event, @Reason, @Meta, @Signal, @Arg, @MessageBody, @ConnectedSocket',
};

/** What the hooks of an endpoint may have as parameters, beside what they are called with. */
export const endpointLanguage: Language = {
  speaker: 'an endpoint',
  givens: new Map<string, (call: ChannelCall) => unknown>([
    ['session', (call) => call.caller],
    ['signal', (call) => call.signal],
  ]),
  takesUploads: false,
  connectedSocket: 'session',
  types: new Map(),
  decorators: '@Signal, @ConnectedSocket',
};
