import { readFileSync } from 'node:fs';
import type { HubProtocol } from '../../lib/protocol/hub-protocol.js';
import type { HubMessage } from '../../lib/protocol/messages.js';

export const SEPARATOR = '\u001e';

/** Parses what stands between two other messages, as it does on the wire. */
export function parseBytes(protocol: HubProtocol, body: Uint8Array): HubMessage | undefined {
  const around = Buffer.from(`{"type":6}${SEPARATOR}`);
  return protocol.parse(Buffer.concat([around, body, around]), around.length, around.length + body.length);
}

export const parseText = (protocol: HubProtocol, text: string): HubMessage | undefined => parseBytes(protocol, Buffer.from(text));

/** What `run` throws; undefined if it does not. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** One case of a file of vectors: what comes in and what is expected of it. */
export interface Case {
  input: string;
  expect: string | null;
  extra: string | null;
}

export const readVectors = <T>(file: string): T => JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as T;
