/** What comes of an event stream. */
export interface EventSink {
  message(data: string): void;
  comment(text: string): void;
}

/** Cuts an event stream into its messages. It passes over one that comes twice, where the server numbers them. */
export class EventReader {
  /** The number of the last message, as the server has told it. */
  lastEventId = '';
  private unread = '';
  private data: string[] = [];
  /** The number before the message that came last. When the first one of the next stream comes after the same number, it is the same. */
  private read: string | undefined;
  private isFirst = true;

  constructor(private readonly sink: EventSink) {}

  /** A new stream begins. */
  begin(): void {
    this.unread = '';
    this.data = [];
    this.isFirst = true;
  }

  push(text: string): void {
    // A carriage return at the very end may be the first half of a line break.
    const lines = (this.unread + text).split(/\r\n|\n|\r(?!$)/);
    this.unread = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  private take(line: string): void {
    if (line === '') return this.dispatch();
    if (line.startsWith(':')) return this.sink.comment(line.slice(1).trim());
    const [, name, value] = /^([^:]*):? ?([^]*)$/.exec(line) ?? [];
    if (name === 'data') this.data.push(value);
    else if (name === 'id') this.lastEventId = value;
  }

  private dispatch(): void {
    if (this.data.length === 0) return;
    const text = this.data.join('\n');
    this.data = [];
    const isRepeated = this.isFirst && this.lastEventId !== '' && this.lastEventId === this.read;
    this.isFirst = false;
    this.read = this.lastEventId;
    if (!isRepeated) this.sink.message(text);
  }
}
