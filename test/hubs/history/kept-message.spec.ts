import { describe, expect, it } from '@jest/globals';
import { KeptMessage } from '../../../lib/hubs/kept-message.js';
import { json } from '../../../lib/protocol/json.protocol.js';
import { messagePack } from '../../../lib/protocol/messagepack.protocol.js';
import { MessageType, type InvocationMessage } from '../../../lib/protocol/messages.js';

const protocols = [json(), messagePack()];
const position = { group: 'red', epoch: 'e', offset: 7 };
const message: InvocationMessage = {
  type: MessageType.Invocation,
  target: 'said\n',
  arguments: ['"é\ud83d\ude00\n"', new Map([[1, 2n ** 60n]]), new Date(0), Buffer.from([0, 255])],
};

describe('a message as the log keeps it', () => {
  it.each(protocols)('is what it was, in $name', (protocol) => {
    const placed = { ...message, arguments: [...message.arguments, position] };
    for (const kept of [KeptMessage.write(message, protocols), KeptMessage.read(KeptMessage.write(message, protocols).toText())]) {
      expect(Buffer.from(kept.at([position]).payloadFor(protocol).data)).toEqual(Buffer.from(protocol.write(placed)));
    }
  });

  it('keeps the id of one to several groups', () => {
    expect(KeptMessage.read(KeptMessage.write(message, protocols).toText()).id).toBeUndefined();
    expect(KeptMessage.read(KeptMessage.write(message, protocols, 'x').toText()).id).toBe('x');
  });

  it('knows in which protocols it was written', () => {
    const kept = KeptMessage.read(KeptMessage.write(message, [json()]).toText());
    expect(protocols.map((protocol) => kept.isIn(protocol))).toEqual([true, false]);
  });

  it('is made once for each protocol', () => {
    const placed = KeptMessage.write(message, protocols).at([position]);
    for (const protocol of protocols) expect(placed.payloadFor(protocol)).toBe(placed.payloadFor(protocol));
  });
});
