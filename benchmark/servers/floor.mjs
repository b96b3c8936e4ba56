import { serve } from './naive.server.mjs';

const TEXT = 0x81;
const BINARY = 0x82;

/**
 * The least that a fan-out can cost in Node: one frame for all, and for each peer one write to the socket under `ws`, with nothing asked and nothing
 * kept. What it costs is the system call and Node's stream.
 */
serve((peers, message) => {
  const frame = typeof message === 'string' ? frameOf(Buffer.from(message), TEXT).toString('latin1') : frameOf(message, BINARY);
  for (const { wire } of peers) wire.write(frame, 'latin1');
});

function frameOf(body, kind) {
  if (body.length > 125) throw new RangeError('The messages of a fan-out are short.');
  return Buffer.concat([Buffer.of(kind, body.length), body]);
}
