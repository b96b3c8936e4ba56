import { CallLoad } from './calls.mjs';
import { measure } from './measure.mjs';
import { MessageCheck, numberedText } from './message-check.mjs';
import { FIRST_NUMBER, PreparedCall } from './numbered-bytes.mjs';
import { openClients } from './open.mjs';

const LENGTH = 32;

/** Calls that are answered with what they say, over whichever transport. */
export async function echo(server, { port, dialect, scenario, timing }) {
  const { connections, transport, outstanding } = scenario;
  const clients = await openClients(connections, { port, dialect, transport });
  const load = new CallLoad(clients, { ...echoIn(dialect, transport), outstanding, operations: 1 });
  const measured = await measure(load, server, timing);
  return { ...measured, ...load.finish() };
}

/** The call and the check of its answer. */
export function echoIn(dialect, transport) {
  const id = dialect.hasIds ? String(FIRST_NUMBER) : undefined;
  const text = numberedText(LENGTH);
  const opcode = transport === undefined ? dialect.opcode : undefined;
  return {
    call: new PreparedCall(dialect.call('Echo', [text], id), opcode),
    check: new MessageCheck(dialect, dialect.answer('Echo', id, text), { kind: 'answer', length: LENGTH, hasId: dialect.hasIds }),
  };
}
