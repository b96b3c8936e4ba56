import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { announce, port } from './control.mjs';
import { protocols } from './naive.protocols.mjs';

const everyone = new Set();
const groups = new Map();

const methods = {
  Echo: (peer, text) => text,
  Broadcast: (peer, text) => sendAll(everyone, text),
  JoinGroup(peer, group) {
    if (!groups.has(group)) groups.set(group, new Set());
    groups.get(group).add(peer);
    return null;
  },
  SendGroup: (peer, group, text) => sendAll(groups.get(group), text),
};

/** A generator and an Observable cost it the same: neither is there. */
function stream({ socket, protocol }, { invocationId, arguments: [first, count] }) {
  for (let item = first; item < first + count; item++) socket.send(protocol.write({ type: 2, invocationId, item }));
  socket.send(protocol.write({ type: 3, invocationId }));
}

/** What each upload of a peer has brought, by its id. */
const uploads = {
  begin: (peer, { invocationId, streamIds: [streamId] }) => peer.uploads.set(streamId, { invocationId, count: 0, sum: 0 }),
  take(peer, { invocationId, item }) {
    const upload = peer.uploads.get(invocationId);
    upload.count++;
    upload.sum += item;
  },
  end({ socket, protocol, uploads: known }, { invocationId: streamId }) {
    const { invocationId, ...result } = known.get(streamId);
    known.delete(streamId);
    socket.send(protocol.write({ type: 3, invocationId, result }));
  },
};

let fanOut;

/** Whoever listens to a run speaks the same protocol: one of them writes for all. */
function sendAll(peers, text) {
  const [{ protocol }] = peers;
  fanOut(peers, protocol.write({ type: 1, target: 'Message', arguments: [text] }));
  return null;
}

function receive(peer, data) {
  if (peer.protocol === undefined) return shakeHands(peer, data);
  for (const message of peer.protocol.parse(data)) handlers[message.type]?.(peer, message);
}

const handlers = { 1: invoke, 2: uploads.take, 3: uploads.end, 4: stream };

function invoke(peer, message) {
  if (message.streamIds?.length > 0) uploads.begin(peer, message);
  else call(peer, message);
}

function call(peer, { invocationId, target, arguments: given }) {
  const result = methods[target](peer, ...given);
  if (invocationId !== undefined) peer.socket.send(peer.protocol.write({ type: 3, invocationId, result }));
}

function shakeHands(peer, data) {
  const { protocol } = JSON.parse(data.toString().split('\x1e')[0]);
  peer.protocol = protocols[protocol];
  everyone.add(peer);
  peer.socket.send('{}\x1e');
}

function leave(peer) {
  everyone.delete(peer);
  for (const members of groups.values()) members.delete(peer);
}

const server = createServer((request, response) => {
  const connectionId = randomUUID();
  const availableTransports = [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }];
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ negotiateVersion: 1, connectionId, connectionToken: connectionId, availableTransports }));
});

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, { socket: wire }) => {
  const peer = { socket, wire, protocol: undefined, uploads: new Map() };
  socket.on('message', (data) => receive(peer, data));
  socket.on('close', () => leave(peer));
  socket.on('error', () => {});
});

/**
 * A server without framework, injection, checks, limits and time-outs: every message parsed, every answer written and sent by itself.
 *
 * @param sendToAll - how a message that was written once reaches many peers.
 */
export function serve(sendToAll) {
  fanOut = sendToAll;
  server.listen(port, '127.0.0.1', () => announce(server));
}
