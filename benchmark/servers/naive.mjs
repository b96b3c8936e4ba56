import { serve } from './naive.server.mjs';

/** What somebody writes in an afternoon, and what all other figures are held against: a broadcast is written once and sent to each. */
serve((peers, message) => {
  for (const { socket } of peers) socket.send(message);
});
