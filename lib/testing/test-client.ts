import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { useErrors } from '../common/use-errors.js';
import type { HubClass } from '../hubs/hub.source.js';
import { FrameReader, textFraming } from '../protocol/framing.js';
import { parseHandshakeResponse, writeHandshakeRequest } from '../protocol/handshake.js';
import type { HubProtocol } from '../protocol/hub-protocol.js';
import { json } from '../protocol/json.protocol.js';
import { messagePack } from '../protocol/messagepack.protocol.js';
import {
  MessageType,
  type CloseMessage,
  type CompletionMessage,
  type HubMessage,
  type InvocationMessage,
  type StreamInvocationMessage,
  type StreamItemMessage,
} from '../protocol/messages.js';
import { Mailbox } from './mailbox.js';
import { serverOf, type TestedApplication } from './tested-application.js';
import { splitArguments, upload } from './upload-arguments.js';

const protocols = { json, messagepack: messagePack };

/** Who a test client is and how it speaks. */
export interface TestClientOptions {
  /** What `caller.user` is. */
  readonly user?: unknown;
  /**
   * The hub protocol.
   * @default 'json'
   */
  readonly protocol?: 'json' | 'messagepack' | HubProtocol;
}

/** How a connection ended. */
export interface TestClientEnd {
  /** What the server gave as the error of its close message. */
  readonly error: string | undefined;
  /** Whether an official client would come back by itself. */
  readonly allowReconnect: boolean;
}

/**
 * Connects to a hub of an application without a port or a network, and waits for the handshake.
 *
 * @param app - the application; `await app.init()` first.
 * @returns rejects with the server's sentence when the handshake is refused.
 * @example
 * const client = await createTestClient(app, ChatHub, { user: { id: 'ada' } });
 * await client.invoke('sendMessage', 'Hello');
 * expect(await client.next('messageReceived')).toEqual(['ada', 'Hello']);
 */
export async function createTestClient(app: TestedApplication, hub: HubClass, options: TestClientOptions = {}): Promise<TestClient> {
  const unknown = Object.keys(options).find((name) => name !== 'user' && name !== 'protocol');
  if (unknown !== undefined) throw useErrors.unknownOption(unknown, 'createTestClient', ['user', 'protocol']);
  const protocol = protocolOf(options.protocol ?? 'json');
  const [ours, theirs] = duplexPair();
  const served = serverOf(app).accept(hub, theirs, { user: options.user });
  const client = new TestClient(ours, protocol);
  // A server that cuts the connection destroys its end, of which a pair of streams does not tell the other one.
  void served.then(() => theirs.destroyed && ours.destroy());
  await client.connected;
  return client;
}

function protocolOf(given: NonNullable<TestClientOptions['protocol']>): HubProtocol {
  if (typeof given !== 'string') return given;
  if (!Object.hasOwn(protocols, given)) throw useErrors.unknownProtocol(given);
  return protocols[given]();
}

/**
 * A client for tests. Everything that the server says is kept until the test asks for it. An argument of `invoke`, `send` or `stream` that is an
 * Observable, an AsyncIterable or a ReadableStream is uploaded, item by item, as official clients do it with a Subject.
 */
export class TestClient {
  /** Settles when the server has answered the handshake; rejects with its sentence when it refuses. */
  readonly connected: Promise<void>;
  /** Settles when the connection has ended. */
  readonly closed: Promise<TestClientEnd>;
  private readonly reader: FrameReader;
  private readonly calls = new Mailbox<InvocationMessage>();
  private readonly answers = new Mailbox<CompletionMessage | StreamItemMessage>();
  private readonly handshake = new Mailbox<string | undefined>();
  private readonly handlers = new Map<string, (...args: unknown[]) => unknown>();
  private end: CloseMessage | undefined;
  private hasShakenHands = false;
  private lastId = 0;

  /** @internal */
  constructor(
    private readonly duplex: Duplex,
    private readonly protocol: HubProtocol,
  ) {
    this.reader = new FrameReader(textFraming, 0);
    duplex.on('data', (bytes: Buffer) => this.reader.push(bytes, this.received));
    this.closed = new Promise((resolve) => duplex.once('close', () => resolve(this.finish())));
    duplex.once('end', () => duplex.end());
    duplex.write(writeHandshakeRequest(protocol.name, 1));
    this.connected = this.handshake.take(() => true).then(refuseIf);
  }

  /**
   * Calls a hub method and waits for its answer.
   *
   * @returns rejects with the server's sentence when the call fails.
   */
  async invoke<R = unknown>(method: string, ...args: unknown[]): Promise<R> {
    const invocationId = this.nextId();
    this.call({ type: MessageType.Invocation, invocationId, target: method, arguments: args });
    const answer = (await this.answerTo(invocationId)) as CompletionMessage;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result as R;
  }

  /**
   * Calls a hub method that returns a stream, when the first item is asked for. Who stops reading early cancels it.
   *
   * @returns the items; throws the server's sentence when the stream fails.
   * @example
   * for await (const price of client.stream<number>('prices')) if (price > 100) break;
   */
  async *stream<R = unknown>(method: string, ...args: unknown[]): AsyncGenerator<R, void, undefined> {
    const invocationId = this.nextId();
    this.call({ type: MessageType.StreamInvocation, invocationId, target: method, arguments: args });
    let isRunning = true;
    try {
      for (let message = await this.answerTo(invocationId); ; message = await this.answerTo(invocationId)) {
        isRunning = message.type === MessageType.StreamItem;
        if (message.type === MessageType.StreamItem) yield message.item as R;
        else if (message.error === undefined) return;
        else throw new Error(message.error);
      }
    } finally {
      if (isRunning && this.duplex.writable) this.write({ type: MessageType.CancelInvocation, invocationId });
    }
  }

  private answerTo(invocationId: string): Promise<CompletionMessage | StreamItemMessage> {
    return this.answers.take((answer) => answer.invocationId === invocationId);
  }

  /** Calls a hub method and waits for nothing; not even an error comes back. */
  async send(method: string, ...args: unknown[]): Promise<void> {
    this.call({ type: MessageType.Invocation, target: method, arguments: args });
  }

  private nextId(): string {
    return String(++this.lastId);
  }

  private call(call: InvocationMessage | StreamInvocationMessage): void {
    const { plain, streams, streamIds } = splitArguments(call.arguments, () => this.nextId());
    this.write({ ...call, arguments: plain, streamIds });
    upload(streams, async (message) => {
      if (!this.duplex.writable) return false;
      const hasRoom = this.write(message);
      if (!hasRoom) await Promise.race([once(this.duplex, 'drain'), this.closed]);
      return this.duplex.writable;
    });
  }

  /**
   * The arguments of the next call that the server makes to a method of the client, of those that came and were not asked for yet. The name is
   * compared without case, as official clients do.
   *
   * @returns rejects when the connection ends without it.
   */
  async next<A extends unknown[] = unknown[]>(method: string): Promise<A> {
    const wanted = method.toLowerCase();
    const call = await this.calls.take(({ target }) => target.toLowerCase() === wanted);
    return call.arguments as A;
  }

  /**
   * Answers the server's `invoke` from now on, as a handler of an official client that returns something. What it throws is the answer's error; a
   * call without a handler is answered with an error as well.
   */
  answer(method: string, handler: (...args: unknown[]) => unknown): void {
    this.handlers.set(method.toLowerCase(), handler);
  }

  private async reply({ target, invocationId = '', arguments: args }: InvocationMessage): Promise<void> {
    const handler = this.handlers.get(target.toLowerCase());
    const completion = { type: MessageType.Completion, invocationId };
    try {
      if (handler === undefined) this.write({ ...completion, error: "Client didn't provide a result." });
      else this.write({ ...completion, result: await handler(...args) });
    } catch (error) {
      this.write({ ...completion, error: String(error) });
    }
  }

  /** Says goodbye, as `stop()` of an official client does, and waits for the end. */
  async close(): Promise<void> {
    if (this.duplex.writable) this.write({ type: MessageType.Close });
    await this.closed;
  }

  private write(message: HubMessage): boolean {
    return this.duplex.write(this.protocol.write(message));
  }

  private readonly received = (bytes: Buffer, start: number, end: number): void => {
    if (!this.hasShakenHands) return this.readHandshake(bytes, start, end);
    const message = this.protocol.parse(bytes, start, end);
    if (message?.type === MessageType.Invocation) this.called(message);
    else if (message?.type === MessageType.Completion || message?.type === MessageType.StreamItem) this.answers.put(message);
    else if (message?.type === MessageType.Close) this.end = message;
  };

  private called(call: InvocationMessage): void {
    this.calls.put(call);
    if (call.invocationId !== undefined) void this.reply(call);
  }

  private readHandshake(bytes: Buffer, start: number, end: number): void {
    this.hasShakenHands = true;
    this.reader.framing = this.protocol.framing;
    this.handshake.put(parseHandshakeResponse(bytes, start, end).error);
  }

  private finish(): TestClientEnd {
    const ended = useErrors.connectionEnded(this.end?.error);
    for (const mailbox of [this.calls, this.answers, this.handshake]) mailbox.close(ended);
    return { error: this.end?.error, allowReconnect: this.end?.allowReconnect === true };
  }
}

function refuseIf(error: string | undefined): void {
  if (error !== undefined) throw new Error(error);
}
