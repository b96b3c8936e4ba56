import { optionErrors } from './errors.js';
import { choice, Rule } from './options.js';

/**
 * What happens when more waits for a client than `outbox.maximum` allows.
 *
 * - `'close'`: the client is closed.
 * - `'drop-newest'`: the message that comes is dropped.
 * - `'drop-oldest'`: those that wait longest are dropped, until there is room for the one that comes.
 * - `'coalesce'`: while messages wait, one takes the place of the one with the same key that waits; else as `'drop-oldest'`.
 */
export type WhenSlow = 'close' | 'drop-newest' | 'drop-oldest' | 'coalesce';

/** What becomes of one message where a client is too slow for it. */
export interface Slowness {
  /** Undefined: what the outbox of the client says. */
  readonly whenSlow?: WhenSlow;
  /** Of what waits with the same key only the newest is sent, where that is coalesced. */
  readonly key: string;
}

/** Of what a client cannot do without. */
export const NEVER_DROPPED: Slowness = { whenSlow: 'close', key: '' };

const policies: readonly WhenSlow[] = ['close', 'drop-newest', 'drop-oldest', 'coalesce'];

/** Of an outbox. */
export const whenSlowRule = choice<WhenSlow>('close', ...policies);

/** Settings of `with()`. */
export const slownessRules = {
  whenSlow: new Rule<WhenSlow | undefined>(undefined, whenSlowRule.allowed, (value) => whenSlowRule.accepts(value)),
  key: new Rule<string | undefined>(undefined, 'a text of one character or more', (value) => typeof value === 'string' && value !== ''),
};

/**
 * What the settings mean: whoever gives a key wants messages to take the places of others, whatever the options say.
 *
 * @throws SignalRError where a key would do nothing.
 */
export function withKey<S extends Partial<Slowness>>(settings: S): S {
  const { key, whenSlow = 'coalesce' } = settings;
  if (key === undefined) return settings;
  if (whenSlow !== 'coalesce') throw optionErrors.needlessKey(whenSlow);
  return { ...settings, whenSlow };
}
