import { describeFailure } from '../channel.failure.js';
import { recordOf } from './realtime.config.js';

/** Why guards let somebody not pass, in words; undefined where what went wrong is nobody's business. */
export function reasonOf(error: unknown): string | undefined {
  const { payload, isExpected } = describeFailure(error, '', false);
  if (!isExpected) return undefined;
  const reason = typeof payload === 'string' ? payload : recordOf(payload)['reason'];
  return typeof reason === 'string' ? reason : 'unauthorized';
}
