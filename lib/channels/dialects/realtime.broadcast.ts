/** The event of all broadcasts: which one it is stands in its payload. */
export const BROADCAST = 'broadcast';

/** The payload of a broadcast. */
export interface UserBroadcast {
  readonly type: 'broadcast';
  /** What its listeners listen to. */
  readonly event: string;
  readonly payload: unknown;
  /** What realtime-js shows beside the payload. */
  readonly meta?: unknown;
}

/** A broadcast as realtime-js understands it. */
export function userBroadcast(event: string, payload: unknown): UserBroadcast {
  return { type: BROADCAST, event, payload };
}

/** Whether a payload is that of a broadcast. */
export function isUserBroadcast(payload: unknown): payload is UserBroadcast {
  return typeof payload === 'object' && payload !== null && typeof (payload as Partial<UserBroadcast>).event === 'string';
}
