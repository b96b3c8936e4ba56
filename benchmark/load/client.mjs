import { connect } from 'node:net';
import { clientFrame, FrameReader } from './frames.mjs';

const HEAD_END = '\r\n\r\n';
/** RFC 6455's own example: with one key for everybody the answer can be checked without a hash. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** All sockets read into the same memory: what is said is looked at at once, and never kept. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** One WebSocket to a server under load, on a bare TCP socket. What it hears goes to functions that a scenario sets. */
export class Client {
  /** Called once when messages may be sent. */
  onReady = () => {};
  /** Called with the client and the borders of each message. */
  onMessage = () => {};
  /** Called when all that one read has brought was handed on. */
  onRead = () => {};
  /** Called once when the connection ends otherwise than by {@link close}. */
  onFailure = () => {};
  #dialect;
  #socket;
  #frames = new FrameReader((bytes, start, end) => this.#payload(bytes, start, end));
  #head = '';
  #state = 'upgrading';

  constructor(port, dialect, path = dialect.path) {
    this.#dialect = dialect;
    const callback = (length, bytes) => this.#guard(() => this.#read(bytes, length));
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: readBuffer, callback } });
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(port, path)));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was cut')));
  }

  /** Sends bytes that are frames already; calls back when the operating system has taken them. */
  send(frames, taken) {
    this.#socket.write(frames, taken);
  }

  /** Reads nothing more. */
  pause() {
    this.#socket.pause();
  }

  /** Sends a message in a frame of its own. */
  say(payload, opcode = this.#dialect.opcode) {
    this.#socket.write(clientFrame(payload, opcode).bytes);
  }

  /** Says nothing, and is gone. */
  close() {
    this.#state = 'closed';
    this.#socket.destroy();
  }

  /** Called by the dialect: the greeting is over. */
  ready() {
    this.#state = 'ready';
    this.onReady(this);
  }

  /** Called by the dialect for each message. */
  hear(bytes, start, end) {
    this.onMessage(this, bytes, start, end);
  }

  #read(bytes, length) {
    const start = this.#state === 'upgrading' ? this.#readHead(bytes, length) : 0;
    if (start < length) this.#frames.push(bytes, start, length);
    if (this.#state === 'ready') this.onRead(this);
    return true;
  }

  /** Returns where the frames begin. */
  #readHead(bytes, length) {
    const known = this.#head.length;
    this.#head += bytes.toString('latin1', 0, length);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return length;
    if (!this.#head.startsWith('HTTP/1.1 101') || !this.#head.includes(ACCEPT)) throw new Error(`no upgrade: ${this.#head.slice(0, 200)}`);
    this.#head = '';
    this.#state = 'greeting';
    this.#dialect.greet(this);
    return end + HEAD_END.length - known;
  }

  #payload(bytes, start, end) {
    const from = this.#state === 'greeting' ? this.#dialect.greeted(this, bytes, start, end) : start;
    if (from < end) this.#dialect.cut(bytes, from, end, this);
  }

  #guard(work) {
    try {
      return work();
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error) {
    if (this.#state === 'closed') return;
    this.close();
    this.onFailure(error);
  }
}

function upgradeRequest(port, path) {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  return `${lines.join('\r\n')}${HEAD_END}`;
}
