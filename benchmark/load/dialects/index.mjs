import { nestWs } from './nest-ws.mjs';
import { phoenix } from './phoenix.mjs';
import { resumable } from './resumable.mjs';
import { json, messagepack } from './signalr.mjs';
import { socketIo } from './socket-io.mjs';

/**
 * The languages that servers are spoken to in. A dialect has
 *
 * - `path`: where its WebSockets are opened, and `opcode`: what kind of frames its messages travel in;
 * - `greet(client)`, called when the WebSocket is open, and `greeted(client, bytes, start, end)` for what comes before `client.ready()`: it
 *   returns where the messages begin;
 * - `cut(bytes, start, end, client)`: gives each message of a payload to `client.hear`, and answers what keeps a connection alive;
 * - `call`, `answer` and `event`: the bytes of messages as servers of that kind write them;
 * - where there are streams `streamCall`, `item` and `end`, and `record(message)`: a message as a client sends it;
 * - where topics are joined `join`, `leave` and what answers them, `joined` and `closed`;
 * - where they are agreed on beforehand `negotiation`: what the query of the negotiation asks for;
 * - `read(bytes)`: a message, however its writer has put it; `hasIds`: whether an answer names its call.
 */
export const dialects = { json, messagepack, resumable, 'nest-ws': nestWs, 'socket-io': socketIo, phoenix };
