import { UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { ask } from './app-request.js';
import { HubSocket } from './hub-socket.js';
import { bearer, negotiate } from './nest-knock.js';

/** What a token says of its user. */
export interface Claims {
  readonly sub?: string;
  readonly exp?: number;
  readonly roles?: readonly string[];
  readonly jti?: string;
}

/** Takes a user as JSON for a token of that user, and lets in who has none as nobody; what cannot be read is answered with 401. */
export class ClaimsGuard implements CanActivate {
  /** What else it does. */
  static also: (user: Claims, context: ExecutionContext) => unknown = () => true;

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: unknown }>();
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const user = token === undefined ? undefined : read(token);
    const verdict = (await ClaimsGuard.also(user ?? {}, context)) !== false;
    if (user !== undefined) request.user = user;
    return verdict;
  }
}

function read(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Claims;
  } catch {
    throw new UnauthorizedException();
  }
}

export const tokenFor = (user: Claims): string => Buffer.from(JSON.stringify(user)).toString('base64url');

/** `Authorization` for a user. */
export const as = (user: Claims): Record<string, string> => bearer(tokenFor(user));

/** What a client is told of a refresh. */
export async function refresh(hub: string, token: string | undefined, headers: Record<string, string> = {}): Promise<Refreshed> {
  const { status, body, headers: answered } = await ask('POST', `${hub}/refresh${token === undefined ? '' : `?id=${token}`}`, headers);
  return { status, body: body && (JSON.parse(body) as unknown), type: answered['content-type'] };
}

export interface Refreshed {
  readonly status: number;
  readonly body: unknown;
  readonly type: string | undefined;
}

/** A WebSocket of a user, with the token of its connection. */
export async function joined(hub: string, user: Claims): Promise<{ socket: HubSocket; token: string; connectionId: string }> {
  const { connectionToken: token, connectionId } = await negotiate(hub, as(user));
  return { socket: await HubSocket.join(`${hub}?id=${token}`, { headers: as(user) }), token, connectionId };
}
