import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Hub, HubMethod, type OnDisconnected } from 'nestjs-signalr';
import { servedAppOf } from '../../support/app-of.js';
import { record } from '../../support/hub-peer.js';
import { HubSocket } from '../../support/hub-socket.js';

const CALLS = 600;

let noted: unknown[] = [];
let tellEnd: () => void;

@Hub('/notes')
class NotesHub implements OnDisconnected {
  @HubMethod()
  async note(number: number) {
    await turn();
    noted.push(number);
  }

  onDisconnected() {
    tellEnd();
  }
}

describe('a client that goes in the midst of more calls than may wait', () => {
  it('has all of them done, in their order, and then onDisconnected', async () => {
    noted = [];
    const end = new Promise<void>((resolve) => (tellEnd = resolve));
    const { url } = await servedAppOf([NotesHub]);
    const { socket } = await HubSocket.join(`${url}/notes`);
    socket.send(Array.from({ length: CALLS }, (_, number) => record({ type: 1, target: 'note', arguments: [number] })).join(''));
    socket.close();
    await end;
    expect(noted).toEqual(Array.from({ length: CALLS }, (_, number) => number));
  });
});
