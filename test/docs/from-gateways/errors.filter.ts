import { ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';

@Catch()
export class ErrorsFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost) {
    if (host.getType() !== 'http') throw error; // a call: there is no response to write to
    // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback
    super.catch(error, host);
  }
}
