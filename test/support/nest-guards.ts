import type { CanActivate, ExecutionContext } from '@nestjs/common';

/** A guard that answers as a test wants it. */
export class WhimGuard implements CanActivate {
  static answer: (context: ExecutionContext) => unknown = () => true;

  canActivate(context: ExecutionContext): boolean {
    return WhimGuard.answer(context) as boolean;
  }
}

/** A function that throws. */
export const throwing = (thrown: unknown) => (): never => {
  throw thrown;
};

/** A guard that lets everybody pass, and tells when it was asked. */
export const noting = (tell: (context: ExecutionContext) => void): CanActivate => ({
  canActivate: (context) => {
    tell(context);
    return true;
  },
});
