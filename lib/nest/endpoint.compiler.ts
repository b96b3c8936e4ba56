import type { ChannelDescriptor, ChannelEndpointDescriptor } from '../channels/channel.descriptor.js';
import { endpointLanguage } from './channel.language.js';
import type { ChannelEndpointMetadata } from './channel-metadata.js';
import { ClassCompiler, type Workshop } from './class-compiler.js';
import type { FoundChannel } from './explorer.js';

/** Makes plain functions of one class of an endpoint. */
export class EndpointCompiler extends ClassCompiler {
  private readonly metadata: ChannelEndpointMetadata;

  constructor(endpoint: FoundChannel<ChannelEndpointMetadata>, workshop: Workshop) {
    super(endpoint, workshop, endpointLanguage);
    this.metadata = endpoint.metadata;
  }

  /** The endpoint as plain data. */
  describe(path: string, channels: readonly ChannelDescriptor[]): ChannelEndpointDescriptor {
    const { dialect } = this.metadata;
    const hooks = { onConnected: this.hookNamed('onConnected'), onDisconnected: this.hookNamed('onDisconnected') };
    return { name: this.found.name, path, dialect, channels, ...hooks };
  }
}
