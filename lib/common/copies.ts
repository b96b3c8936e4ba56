/** How a copy of this package was loaded: it comes in both formats. */
type Manner = 'import' | 'require';

const LOADED = Symbol.for('nestjs-signalr.loaded');

interface Scope {
  [LOADED]?: Manner | 'both';
}

/**
 * Tells of a second copy in one process. The two know nothing of each other's classes, and where they meet, Nest says no more than that it cannot
 * resolve a dependency. Each entry point that has to do with Nest calls it; it is said once.
 *
 * @param manner - how this copy was loaded.
 * @param scope - where copies find each other.
 */
export function noteCopy(manner: Manner = typeof module === 'undefined' ? 'import' : 'require', scope: Scope = globalThis as Scope): void {
  const known = (scope[LOADED] ??= manner);
  if (known === manner || known === 'both') return;
  scope[LOADED] = 'both';
  process.emitWarning(
    'nestjs-signalr was loaded twice in this process, by import and by require(). A hub that is decorated with one copy cannot have HubClients injected by the other. Load it in one way everywhere, which is how the application itself is compiled.',
    { code: 'SIGNALR_TWO_COPIES' },
  );
}
