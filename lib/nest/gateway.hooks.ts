import { describeFailure } from '../hubs/call-errors.js';
import { GatewayPeer } from './gateway.peer.js';

/** The hooks that Nest calls for a client. */
const HOOKS = ['handleConnection', 'handleDisconnect'] as const;

type Hook = (typeof HOOKS)[number];
type Hooked = Partial<Record<Hook, (client: unknown, ...others: unknown[]) => unknown>>;

/** Hooks that are looked after: several applications of one process may share a class. */
const shields = new WeakSet();

/**
 * Nest calls the hooks of gateways and does not look at what becomes of them, so that a throw in one would end the process. Those of our
 * clients are looked after from here on; a client whose `handleConnection` fails is disconnected.
 *
 * @param gateway - the one instance, or the prototype where there are several.
 */
export function shieldHooks(gateway: Hooked): void {
  for (const name of HOOKS) {
    const hook = gateway[name];
    if (hook === undefined || shields.has(hook)) continue;
    const shield: typeof hook = function (this: Hooked, client, ...others) {
      const run = (): unknown => hook.call(this, client, ...others);
      return client instanceof GatewayPeer ? runHook(client, name, run) : run();
    };
    shields.add(shield);
    gateway[name] = shield;
  }
}

/** Never rejects. */
async function runHook(client: GatewayPeer, name: Hook, hook: () => unknown): Promise<void> {
  try {
    await hook();
  } catch (error) {
    if (name === 'handleConnection') client.disconnect();
    if (!describeFailure(name, error, false).isExpected) client.endpoint.report(`running ${name}`, error);
  }
}
