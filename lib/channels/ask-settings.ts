import { resolveOptions, Rule } from '../common/options.js';

/** How a client is asked. */
export interface AskSettings {
  /**
   * How long the answer is waited for, in milliseconds; 0 is for ever.
   * @default the option clientResultTimeout
   */
  readonly timeout?: number;
  /** Ends the wait when it is aborted. */
  readonly signal?: AbortSignal;
}

export const settingRules = {
  timeout: new Rule<number | undefined>(undefined, 'a number of milliseconds, 0 or more', (value) => Number(value) >= 0),
  signal: new Rule<AbortSignal | undefined>(undefined, 'an AbortSignal', (value) => value instanceof AbortSignal),
};

/** @throws SignalRError for a setting that does not exist, or cannot be. */
export function checkedSettings(settings: AskSettings): AskSettings {
  return resolveOptions(settingRules, { from: 'with()', options: settings });
}
