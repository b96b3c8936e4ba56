import type { HubCall } from './hub.call.js';

/** A method that clients may call. */
export interface HubMethodDescriptor {
  /** As it is written; clients may write it in any case. */
  readonly name: string;
  /** How many arguments a client has to give. */
  readonly requiredArguments: number;
  /** How many it may give; Infinity with a rest parameter. */
  readonly maximumArguments: number;
  /** How many streams it takes. */
  readonly uploads: number;
  /** Runs the method with everything that stands around it; returns its result or a promise of it. */
  readonly handler: (call: HubCall) => unknown;
}

/** A hub as plain data: what can be known at boot is worked out there, and a call only looks it up. */
export interface HubDescriptor {
  /** The name of the class. */
  readonly name: string;
  /** Where clients find it. */
  readonly path: string;
  /** By their names in small letters. */
  readonly methods: ReadonlyMap<string, HubMethodDescriptor>;
  /** Called before the first call of a connection; a throw refuses the connection. */
  readonly onConnected: ((call: HubCall) => unknown) | undefined;
  /** Called when the user of a connection that was welcomed has authenticated anew. */
  readonly onAuthenticationRefreshed: ((call: HubCall) => unknown) | undefined;
  /** Called once, when a connection that was welcomed has ended; the call's only argument is the error, if there was one. */
  readonly onDisconnected: ((call: HubCall) => unknown) | undefined;
}
