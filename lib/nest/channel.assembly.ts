import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
import { ChannelCore } from '../channels/channel.core.js';
import type { ChannelDescriptor, ChannelEndpointDescriptor } from '../channels/channel.descriptor.js';
import { ChannelEndpoint } from '../channels/channel.endpoint.js';
import { EndpointEntry } from '../channels/channel.entry.js';
import { resolveEndpointOptions, type ChannelClass, type ChannelEndpointSettings } from '../channels/channel.options.js';
import { bootErrors } from '../common/boot-errors.js';
import { OriginPolicy } from '../connections/allowed-origins.js';
import { ConnectionStore } from '../connections/connection.store.js';
import type { ModuleOptions } from '../signalr.options.js';
import {
  CHANNEL_ENDPOINT_METADATA,
  CHANNEL_METADATA,
  metadataOf,
  type ChannelEndpointMetadata,
  type ChannelMetadata,
} from './channel-metadata.js';
import { ChannelCompiler } from './channel.compiler.js';
import { ChannelRegistry } from './channel.registry.js';
import { visitOf } from './channel-visit.js';
import type { Workshop } from './class-compiler.js';
import { ConnectGate, type GateKeepers } from './connect-gate.js';
import { endpointMetadata } from './decorators/channel.decorators.js';
import { EndpointCompiler } from './endpoint.compiler.js';
import { Explorer, type FoundChannel } from './explorer.js';
import { prefixed } from './global-prefix.js';
import { nameOf } from './hub-metadata.js';
import { EnhancerFinder } from './nest-internals.js';
import { readmissionAt } from './readmission.js';
import { RESOLVED_OPTIONS } from './tokens.js';

/** What stands before and behind an endpoint. */
type Keepers = Pick<GateKeepers, 'hub' | 'handler' | 'guards'>;

/** What `getClass()` is to the global guards of an endpoint that has no class of its own. */
class ModuleEndpoint {}

/** Makes channels and endpoints of the classes that the explorer finds, and endpoints of what the module's options say. */
@Injectable()
export class ChannelAssembly {
  private readonly descriptors = new Map<ChannelClass, ChannelDescriptor>();

  constructor(
    private readonly explorer: Explorer,
    private readonly registry: ChannelRegistry,
    private readonly core: ChannelCore,
    private readonly connections: ConnectionStore,
    private readonly scanner: MetadataScanner,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    @Inject(RESOLVED_OPTIONS) private readonly options: ModuleOptions,
  ) {}

  /** @throws SignalRError for everything that is wrong with a channel or an endpoint. */
  assemble(): void {
    const finder = new EnhancerFinder(this.modules, this.options.server.globalEnhancers ? this.config : undefined);
    const workshop = { finder, scanner: this.scanner, moduleRef: this.moduleRef };
    for (const found of this.explorer.findDecorated<ChannelMetadata>(CHANNEL_METADATA)) this.addChannel(found, workshop);
    for (const found of this.explorer.findDecorated<ChannelEndpointMetadata>(CHANNEL_ENDPOINT_METADATA)) this.addClass(found, workshop);
    for (const { path, ...settings } of this.options.channels.endpoints) this.addConfigured(path, settings, finder);
  }

  private addChannel(found: FoundChannel<ChannelMetadata>, workshop: Workshop): void {
    const descriptor = new ChannelCompiler(found, workshop).describe();
    this.core.add(descriptor);
    // A test may have put another class in the place of the one that is named.
    for (const type of [found.type, found.token]) if (typeof type === 'function') this.descriptors.set(type as ChannelClass, descriptor);
  }

  private addClass(found: FoundChannel<ChannelEndpointMetadata>, workshop: Workshop): void {
    const { metadata, name, type } = found;
    const from = `@ChannelEndpoint('${metadata.path}') on ${name}`;
    const compiler = new EndpointCompiler(found, workshop);
    const descriptor = compiler.describe(this.pathOf(metadata.path), this.channelsOf(metadata.channels, from));
    const { connectGuards: guards, connectHandler: handler } = compiler;
    this.serve(descriptor, metadata, from, { hub: type as Type, handler, guards });
  }

  private addConfigured(path: string, settings: ChannelEndpointSettings, finder: EnhancerFinder): void {
    const from = `channels in the options of SignalRModule`;
    const metadata = endpointMetadata(path, settings, from);
    if (this.options.server.globalEnhancers && this.config.getGlobalRequestGuards().length > 0)
      throw bootErrors.scopedGuardWithoutClass(path);
    const guards = finder.guards({}, noHandler, { module: '', provider: '' });
    const channels = this.channelsOf(metadata.channels, from);
    const descriptor = { name: `channels ${path}`, path: this.pathOf(path), dialect: metadata.dialect, channels };
    this.serve({ ...descriptor, onConnected: undefined, onDisconnected: undefined }, metadata, from, {
      hub: ModuleEndpoint,
      handler: noHandler,
      guards,
    });
  }

  private serve(
    descriptor: ChannelEndpointDescriptor,
    { dialect, options }: ChannelEndpointMetadata,
    from: string,
    keepers: Keepers,
  ): void {
    const resolved = resolveEndpointOptions(this.options.channels.shared, options, from, dialect);
    const token = (request: IncomingMessage): string | undefined => dialect.token(visitOf(request, undefined));
    const report = (doing: string, error: unknown): void => this.core.report(descriptor.name, doing, error);
    const gate = new ConnectGate({ ...keepers, authenticate: this.options.server.authenticate, token, report });
    const readmit = readmissionAt(gate, this.core.ground.userIdProvider);
    const endpoint = new ChannelEndpoint({ ...descriptor, readmit }, this.core, resolved);
    const entry = new EndpointEntry(endpoint, this.connections);
    this.registry.add({ endpoint, gate, entry, origins: new OriginPolicy(resolved.allowedOrigins) });
  }

  private channelsOf(classes: readonly ChannelClass[] | undefined, from: string): ChannelDescriptor[] {
    return classes === undefined ? this.core.channels : classes.map((one) => this.descriptorOf(one, from));
  }

  private descriptorOf(channel: ChannelClass, from: string): ChannelDescriptor {
    const descriptor = this.descriptors.get(channel);
    if (descriptor !== undefined) return descriptor;
    const isOne = metadataOf(CHANNEL_METADATA, channel) !== undefined;
    throw isOne ? bootErrors.channelNotProvided(from, nameOf(channel)) : bootErrors.notAChannel(from, nameOf(channel));
  }

  private pathOf(path: string): string {
    return this.options.server.useGlobalPrefix ? prefixed(path, this.config) : path;
  }
}

function noHandler(): void {}
