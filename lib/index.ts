export { ChannelException } from './common/channel-errors.js';
export { CloseReason, type CloseCode } from './common/close-reason.js';
export { HubException, SignalRError } from './common/errors.js';
export type { Clock, Cancel } from './common/clock.js';
export type {
  ChannelClass,
  ChannelEndpointConfiguration,
  ChannelEndpointOptions,
  ChannelEndpointSettings,
  ChannelOptions,
  HistoryOptions,
} from './channels/channel.options.js';
export type { AskSettings } from './channels/ask-settings.js';
export { ChannelSession, ChannelSocket, type SocketHandler, type SocketStatus } from './channels/channel.socket.js';
export { Channels, type ChannelSettings, type ChannelsInfo, type ChannelTarget, type TopicInfo } from './channels/channels.js';
export type { ChannelMessage } from './channels/channel.message.js';
export type {
  ChannelCodec,
  ChannelDialect,
  ChannelDocument,
  ChannelEntry,
  ChannelOffer,
  ChannelRoute,
  ChannelVisit,
  CodecTarget,
  PreparedSession,
  RequestRoute,
  SessionRefusal,
  SocketRoute,
} from './channels/dialect.js';
export { chain } from './channels/dialects/chain.js';
export type { ChainOptions } from './channels/dialects/chain.options.js';
export { phoenix } from './channels/dialects/phoenix.js';
export type { PhoenixOptions } from './channels/dialects/phoenix.options.js';
export type { DialectService, DialectServices, ServedSocket } from './channels/dialect.services.js';
export type * from './channels/frames.js';
export { LeaveReason } from './channels/leave-reason.js';
export { Presence, type PresenceInfo, type PresenceList } from './channels/presence.js';
export { PresenceState, type PresenceMeta } from './channels/presence.board.js';
export { MessageMeta, reply, type ChannelReply } from './channels/message-meta.js';
export type { AllowedOrigins } from './connections/allowed-origins.js';
export type { Entrant, Exchange, ExchangeStream } from './connections/exchange.js';
export type { WhenSlow } from './common/slowness.js';
export type { CompressionOptions, ConnectionOptions } from './connections/connection.options.js';
export type { DrainOptions } from './connections/drain.options.js';
export type { TransportName } from './connections/transport.js';
export type { SendingSocket } from './connections/transports/web-socket.sends.js';
export type { WebSocketLike } from './connections/transports/given-web-socket.js';
export {
  ClientProxy,
  SingleClientProxy,
  type AnsweredMethod,
  type CallSettings,
  type ClientAnswer,
  type ClientArguments,
  type ClientMethod,
} from './hubs/client-proxy.js';
export type { GroupRecovery } from './hubs/group-readings.js';
export { HubCallerContext } from './hubs/hub.caller-context.js';
export { HubCallerClients, HubClients, type Names } from './hubs/hub.clients.js';
export type { HubClass } from './hubs/hub.source.js';
export {
  HubConnections,
  type ConnectionFilter,
  type ConnectionInfo,
  type DisconnectTarget,
  type Page,
  type PartialList,
} from './hubs/hub.connections.js';
export type { ConnectionEvent } from './hubs/hub.core.js';
export { CallerGroups, HubGroups } from './hubs/hub.groups.js';
export type { ConnectGuard, HubOptions } from './hubs/hub.options.js';
export type { GroupPosition } from './hubs/kept-message.js';
export type { HubDecoratorOptions, HubScope } from './nest/hub-metadata.js';
export type { ServerOptions } from './hubs/server.options.js';
export type { HandleInOptions } from './nest/channel-metadata.js';
export {
  Channel,
  ChannelEndpoint,
  HandleIn,
  HandleOut,
  Join,
  Leave,
  Subscribe,
  PresenceChanged,
  TopicClosed,
  TopicOpened,
  type OnSocketConnected,
  type OnSocketDisconnected,
} from './nest/decorators/channel.decorators.js';
export { Hub, HubMethod, type OnAuthenticationRefreshed, type OnConnected, type OnDisconnected } from './nest/decorators/hub.decorators.js';
export {
  getHubClientsToken,
  getHubConnectionsToken,
  getHubGroupsToken,
  InjectHubClients,
  InjectHubConnections,
  InjectHubGroups,
  type HubReference,
  type InjectionDecorator,
} from './nest/decorators/injection.decorators.js';
export {
  Arg,
  Caller,
  Clients,
  Event,
  Meta,
  Reason,
  Signal,
  Socket,
  Topic,
  UploadStream,
  type ArgOptions,
  type PipeReference,
  type StandardResult,
  type StandardSchema,
} from './nest/decorators/parameter.decorators.js';
export { SignalRAdapter, type AdaptedApplication, type GatewayOptions, type SignalRAdapterOptions } from './nest/signalr.adapter.js';
export { ChannelGatewayClient, ChannelGatewayServer } from './nest/channel-gateway.client.js';
export { GatewayClient, GatewayServer } from './nest/gateway.client.js';
export { GatewayPeer, type GatewayTarget } from './nest/gateway.peer.js';
export { SignalREvents, type SignalREventMap, type SignalREventName } from './nest/signalr.events.js';
export { SignalRHealth } from './nest/signalr.health.js';
export { SignalRServer } from './nest/signalr.server.js';
export type { AcceptOptions } from './nest/accept.options.js';
export type { TcpAddress } from './nest/tcp-doors.js';
export type { HubProtocol, TransferFormat } from './protocol/hub-protocol.js';
export { json, type JsonProtocolOptions } from './protocol/json.protocol.js';
export { messagePack, type MessagePackProtocolOptions } from './protocol/messagepack.protocol.js';
export type * from './protocol/messages.js';
export type { Cursor, Framing } from './protocol/framing.js';
export { SignalRModule } from './signalr.module.js';
export type { SignalRModuleAsyncOptions, SignalRModuleOptions, SignalROptionsFactory } from './signalr.options.js';
