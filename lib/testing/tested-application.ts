import { noteCopy } from '../common/copies.js';
import { useErrors } from '../common/use-errors.js';
import { SignalRServer } from '../nest/signalr.server.js';

noteCopy();

/** What a test client needs of a Nest application, a testing module or an application context; it has to be initialised. */
export interface TestedApplication {
  get<T>(token: abstract new (...args: never[]) => T, options?: { strict: boolean }): T;
}

/** @throws SignalRError where the application has none. */
export function serverOf(app: TestedApplication): SignalRServer {
  try {
    return app.get(SignalRServer, { strict: false });
  } catch {
    throw useErrors.moduleMissing();
  }
}
