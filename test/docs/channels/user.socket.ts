import { ChannelEndpoint, phoenix } from 'nestjs-signalr';

@ChannelEndpoint('/socket', { dialect: phoenix() })
export class UserSocket {}
