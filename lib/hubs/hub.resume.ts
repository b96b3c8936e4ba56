import { callErrors } from '../common/errors.js';
import type { LogPosition } from '../delivery/log.js';
import type { GroupRecovery } from './group-readings.js';
import type { HubCall } from './hub.call.js';
import type { HubMethodDescriptor } from './hub.descriptor.js';
import type { HubHistory } from './hub.history.js';

/**
 * The method of a hub with a history by which clients get what they have missed.
 *
 * @param guard - throws where a guard of the hub lets the caller not pass.
 */
export function resumeMethod(name: string, guard: ((call: HubCall) => unknown) | undefined): HubMethodDescriptor {
  const guarded = async (call: HubCall): Promise<GroupRecovery> => {
    await guard?.(call);
    return resume(call);
  };
  return { name, requiredArguments: 0, maximumArguments: Infinity, uploads: 0, handler: guarded };
}

async function resume({ connection, target, wantsStream, arguments: [group, since, ...others] }: HubCall): Promise<GroupRecovery> {
  if (wantsStream) throw callErrors.valueStreamed(target);
  if (typeof group !== 'string') throw callErrors.resumedWrongly(1, 'the name of a group', group);
  if (others.length > 0) throw callErrors.resumedWrongly(3, 'left out', others[0]);
  const position = positionOf(since);
  // Who leaves in the meantime is told the same.
  const recovery = connection.isIn(group)
    ? await connection.readings.resume(group, position, connection.hub.history as HubHistory)
    : undefined;
  if (recovery === undefined) throw callErrors.unauthorized(target);
  return recovery;
}

function positionOf(given: unknown): LogPosition | undefined {
  if (given === undefined || given === null) return undefined;
  const { epoch, offset } = given as Partial<LogPosition>;
  if (typeof epoch === 'string' && Number.isSafeInteger(offset)) return { epoch, offset: offset as number };
  throw callErrors.resumedWrongly(2, 'a position, { epoch, offset }, or left out', given);
}
