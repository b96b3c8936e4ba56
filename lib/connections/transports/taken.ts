import type { ServerResponse } from 'node:http';
import type { Duplex, Writable } from 'node:stream';

/** What Node keeps below a socket. It says how far a write has come, of which the socket itself speaks when all of it is out. */
interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/** Calls back when all that was written before has been taken. Node's 'drain' comes only where a write has met the stream's own mark. */
export function onceTaken(stream: Writable, callback: () => void): void {
  if (!stream.writable) return;
  stream.write('', (error) => {
    if (error == null) callback();
  });
}

/** How many bytes the operating system has taken from a socket; undefined for what is none, or is closed. */
export function bytesTaken(stream: Duplex | null): number | undefined {
  const handle = stream && (Reflect.get(stream, '_handle') as Partial<Handle> | null | undefined);
  const { bytesWritten, writeQueueSize } = handle ?? {};
  return bytesWritten === undefined || writeQueueSize === undefined ? undefined : bytesWritten - writeQueueSize;
}

/** The same of a response. Over HTTP/2 its socket is that of other streams too, and says nothing of this one. */
export function bytesTakenOf(response: ServerResponse): number | undefined {
  return 'stream' in response ? undefined : bytesTaken(response.socket);
}

/** The same of {@link onceTaken}. A middleware that wraps the response may forget to call back: then there is still 'drain', where much was written. */
export function onceResponseTaken(response: ServerResponse, callback: () => void): void {
  let isTaken = false;
  const taken = (): void => {
    response.off('drain', taken);
    if (!isTaken) callback();
    isTaken = true;
  };
  response.once('drain', taken);
  onceTaken(response, taken);
}
