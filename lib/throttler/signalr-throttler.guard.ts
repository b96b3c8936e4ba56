import { Inject, Injectable, Optional, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getOptionsToken, getStorageToken, ThrottlerGuard, type ThrottlerModuleOptions, type ThrottlerStorage } from '@nestjs/throttler';
import { bootErrors } from '../common/boot-errors.js';
import { noteCopy } from '../common/copies.js';
import { Callers, type GuardedRequest } from '../nest/callers.js';

noteCopy();

/** The response of what has none: it takes no headers. */
const NO_RESPONSE = {};

/**
 * The `ThrottlerGuard` of `@nestjs/throttler` for calls of hub methods and events of channels, as well as for requests of controllers: on a class,
 * on a method, or for the whole application. Clients are told apart by their user, as the option `userIdProvider` says who that is, and those of
 * whom nobody knows it by their address.
 *
 * A call beyond the limit is not made: its caller gets the error of a HubException, 'Too many requests.', or what the option `errorMessage` of
 * the throttler says; the connection lives. A client that connects beyond it is answered with status 429 and `Retry-After`. One that has negotiated
 * was counted then: what it asks for under its id, polls and posts among it, is not counted again.
 *
 * It needs `ThrottlerModule` among the imports of the application, and `SignalRModule`.
 *
 * @example
 * \@Hub('/chat')
 * \@UseGuards(SignalRThrottlerGuard)
 * export class ChatHub {
 *   \@HubMethod()
 *   \@Throttle({ default: { limit: 3, ttl: 1_000 } })
 *   async sendMessage(text: string) {}
 * }
 */
@Injectable()
export class SignalRThrottlerGuard extends ThrottlerGuard {
  @Inject(Callers) private readonly callers!: Callers;
  protected override errorMessage = 'Too many requests.';

  /** @throws SignalRError where `ThrottlerModule` is missing: Nest would say that it cannot resolve the first of three dependencies. */
  constructor(
    @Optional() @Inject(getOptionsToken()) options: ThrottlerModuleOptions | undefined,
    @Optional() @Inject(getStorageToken()) storage: ThrottlerStorage | undefined,
    @Inject(Reflector) reflector: Reflector,
  ) {
    if (options === undefined || storage === undefined) throw bootErrors.noThrottler();
    super(options, storage, reflector);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return this.callers.hasNegotiated(context);
  }

  protected override async getTracker(request: object): Promise<string> {
    return this.callers.nameOf(request as GuardedRequest);
  }

  protected override getRequestResponse(context: ExecutionContext): { req: object; res: object } {
    const http = context.switchToHttp();
    return { req: http.getRequest(), res: http.getResponse() ?? NO_RESPONSE };
  }
}
