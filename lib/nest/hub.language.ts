import type { HubCall } from '../hubs/hub.call.js';
import { HubCallerContext } from '../hubs/hub.caller-context.js';
import { HubCallerClients, HubClients } from '../hubs/hub.clients.js';
import type { Language } from './language.js';

/** What the methods of hubs may have as parameters. */
export const hubLanguage: Language = {
  speaker: 'a hub',
  givens: new Map<string, (call: HubCall) => unknown>([
    ['caller', (call) => call.caller],
    ['clients', (call) => call.clients],
    ['signal', (call) => call.signal],
  ]),
  takesUploads: true,
  connectedSocket: 'caller',
  types: new Map<unknown, { kind: string; decorator: string }>([
    [HubCallerContext, { kind: 'caller', decorator: '@Caller()' }],
    [HubCallerClients, { kind: 'clients', decorator: '@Clients()' }],
    [HubClients, { kind: 'clients', decorator: '@Clients()' }],
    [AbortSignal, { kind: 'signal', decorator: '@Signal()' }],
  ]),
  decorators: '@Caller, @Clients, @Signal, @UploadStream, @Arg, @MessageBody, @ConnectedSocket',
};
