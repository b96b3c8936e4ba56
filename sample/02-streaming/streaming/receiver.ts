import { Injectable } from '@nestjs/common';
import { HubException } from 'nestjs-signalr';
import { createHash } from 'node:crypto';

/** How much of an upload is here. */
export interface Progress {
  bytes: number;
  /** When all of it is here: its SHA-256, in hexadecimal digits. */
  sha256?: string;
}

const mostBytes = 256 * 2 ** 20;

/** Takes uploads, counts and hashes them, and keeps nothing. */
@Injectable()
export class Receiver {
  /**
   * Answers to every piece with how much has come.
   *
   * @param size - how many bytes are going to come.
   */
  async *receive(size: number | null, pieces: AsyncIterable<unknown>): AsyncGenerator<Progress> {
    const announced = checkSize(size);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of pieces) {
      hash.update(checkPiece(piece, announced - bytes));
      bytes += (piece as Uint8Array).length;
      yield { bytes };
    }
    if (bytes < announced) throw new HubException(`The upload ended after ${bytes} of ${announced} bytes.`);
    yield { bytes, sha256: hash.digest('hex') };
  }
}

function checkSize(size: number | null): number {
  if (size === null || !Number.isSafeInteger(size) || size < 0) throw new HubException('Say first how many bytes there are.');
  if (size > mostBytes) throw new HubException(`An upload has at most ${mostBytes / 2 ** 20} MiB.`);
  return size;
}

/** @param left - how many bytes may come. */
function checkPiece(piece: unknown, left: number): Uint8Array {
  if (!(piece instanceof Uint8Array)) throw new HubException('A piece of an upload is made of bytes, as MessagePack sends them.');
  if (piece.length > left) throw new HubException('There came more bytes than were announced.');
  return piece;
}
