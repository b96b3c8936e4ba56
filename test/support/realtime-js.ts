import { afterEach } from '@jest/globals';
import { RealtimeClient, type RealtimeChannel, type RealtimeChannelOptions, type RealtimeClientOptions } from '@supabase/realtime-js';
import { WebSocket } from 'ws';
import { Mailbox } from '../../lib/testing/mailbox.js';

/** What a broadcast is to who listens. */
export interface Heard {
  readonly event: string;
  readonly payload: unknown;
  readonly meta?: unknown;
}

/** What `subscribe` calls back with. */
export interface Status {
  readonly status: string;
  readonly error: string | undefined;
}

interface Adapter {
  getChannel(): { readonly bindings: readonly { event: string; callback(payload: object): void }[] };
}

interface Insides {
  readonly socketAdapter: { getSocket(): { disconnect(callback: () => void): void } };
  _cancelPendingDisconnect(): void;
}

const users = new Set<RealtimeUser>();

afterEach(async () => {
  await Promise.all(Array.from(users, (user) => user.leave()));
});

/** A topic as realtime-js has it; it listens to everything. */
export class RealtimeTopic {
  private readonly broadcasts = new Mailbox<Heard>();
  private readonly systems = new Mailbox<unknown>();
  private readonly statuses = new Mailbox<Status>();
  private readonly syncs = new Mailbox<Record<string, unknown[]>>();

  constructor(readonly channel: RealtimeChannel) {
    channel.on('broadcast', { event: '*' }, (message) => this.broadcasts.put(message as never));
    channel.on('system', {}, (message) => this.systems.put(message));
    channel.on('presence', { event: 'sync' }, () => this.syncs.put(structuredClone(channel.presenceState())));
  }

  /** Settles with the first status. */
  subscribe(): Promise<Status> {
    this.channel.subscribe((status, error) => this.statuses.put({ status, error: error?.message }));
    return this.statuses.take(() => true);
  }

  /** The next such status. */
  status(wanted: string): Promise<Status> {
    return this.statuses.take(({ status }) => status === wanted);
  }

  /** The next broadcast. */
  heard(): Promise<Heard> {
    return this.broadcasts.take(() => true);
  }

  /** The next message of the system. */
  system(): Promise<unknown> {
    return this.systems.take(() => true);
  }

  /** Settles with who is there, when it is those. */
  present(...keys: string[]): Promise<Record<string, unknown[]>> {
    return this.syncs.take((state) => Object.keys(state).sort().join() === keys.sort().join());
  }

  send(event: string, payload: unknown): Promise<string> {
    return this.channel.send({ type: 'broadcast', event, payload });
  }

  /** Waits no longer for answers that will not come. */
  forget(): void {
    const { channelAdapter } = this.channel as unknown as { channelAdapter: Adapter };
    for (const { event, callback } of channelAdapter.getChannel().bindings)
      if (event.startsWith('chan_reply_')) callback({ status: 'error', response: {} });
  }
}

/** realtime-js, connected to an endpoint until the test is over. */
export class RealtimeUser {
  readonly client: RealtimeClient;
  private readonly topics: RealtimeTopic[] = [];

  /** @param endpoint - its URL, of HTTP. */
  constructor(endpoint: string, { params, ...options }: RealtimeClientOptions = {}) {
    const transport = WebSocket as unknown as RealtimeClientOptions['transport'];
    const given = { transport, reconnectAfterMs: () => 1, params: { apikey: 'key', ...params }, ...options };
    this.client = new RealtimeClient(endpoint.replace('http', 'ws'), given);
    users.add(this);
  }

  topic(name: string, config: RealtimeChannelOptions['config'] = {}): RealtimeTopic {
    const topic = new RealtimeTopic(this.client.channel(name, { config }));
    this.topics.push(topic);
    return topic;
  }

  /** Subscribes, or says why that may not be. */
  async in(name: string, config?: RealtimeChannelOptions['config']): Promise<RealtimeTopic> {
    const topic = this.topic(name, config);
    const { status, error } = await topic.subscribe();
    if (status !== 'SUBSCRIBED') throw new Error(`${name}: ${status} ${error}`);
    return topic;
  }

  /** Leaves nothing to the clock: the client's own disconnect does, for ten seconds. */
  async leave(): Promise<void> {
    users.delete(this);
    for (const topic of this.topics) topic.forget();
    await Promise.all(this.client.getChannels().map((channel) => channel.unsubscribe().then(() => channel.teardown())));
    const { socketAdapter, _cancelPendingDisconnect: forget } = this.client as unknown as Insides;
    await new Promise<void>((resolve) => socketAdapter.getSocket().disconnect(resolve));
    forget.call(this.client);
  }
}
