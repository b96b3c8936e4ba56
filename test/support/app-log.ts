import type { LoggerService } from '@nestjs/common';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';
  readonly text: string;
  /** The stack of an error, where there was one, and the name of the logger. */
  readonly others: readonly unknown[];
}

/** A logger that prints nothing and keeps every line. */
export class AppLog implements LoggerService {
  lines: LogLine[] = [];

  log = this.keeper('log');
  error = this.keeper('error');
  warn = this.keeper('warn');
  debug = this.keeper('debug');
  verbose = this.keeper('verbose');
  fatal = this.keeper('fatal');

  /** The texts of one logger, such as 'SignalR'. */
  of(context: string, level: LogLine['level'] = 'log'): string[] {
    return this.lines.filter((line) => line.level === level && line.others.at(-1) === context).map(({ text }) => text);
  }

  /** What went wrong up to now; it is expected from now on. */
  takeErrors(): string[] {
    const isError = ({ level }: LogLine): boolean => level === 'error' || level === 'fatal';
    const errors = this.lines.filter(isError).map(({ text }) => text);
    this.lines = this.lines.filter((line) => !isError(line));
    return errors;
  }

  /** Takes back the errors of one logger with this text, which are nobody's mistake; all others stay. */
  pass(context: string, error: string): void {
    this.lines = this.lines.filter(({ level, text, others }) => level !== 'error' || text !== error || others.at(-1) !== context);
  }

  private keeper(level: LogLine['level']): (message: unknown, ...others: unknown[]) => void {
    return (message, ...others) => this.lines.push({ level, text: String(message), others });
  }
}
