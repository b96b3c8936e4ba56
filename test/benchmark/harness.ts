/** The benchmark runs as it stands, without a compiler; these are the types of the parts of it that only compute. */

/** What went wrong, by kind. */
export interface Counts {
  total: number;
  wrong: number;
  missing: number;
  doubled: number;
  outOfOrder: number;
  samples: string[];
}

interface Faults {
  toJSON(): Counts;
}

interface Ledger {
  finish(issued: number): void;
}

interface Dialect {
  readonly opcode: number;
  readonly hasIds: boolean;
  call(target: string, given: unknown[], id?: string): Buffer;
  answer(target: string, id: string | undefined, value: unknown): Buffer;
  event(target: string, value: unknown): Buffer;
  item(id: string, value: unknown): Buffer;
  end(id: string): Buffer;
  record(message: Buffer): Buffer;
  read(message: Buffer): { kind: string; id?: string; value?: unknown };
}

interface MessageCheck {
  readonly decoded: number;
  take(ledger: Ledger, issued: number, bytes: Buffer, start: number, end: number): number;
}

interface Wanted {
  kind: 'answer' | 'event';
  target?: string;
  length: number;
  hasId?: boolean;
}

interface Frames {
  push(chunk: Buffer, from: number, to: number): void;
}

/** The part of a scenario that a load looks at; times are seconds, and milliseconds to wait for the last answers. */
interface Job {
  port: number;
  dialect: Dialect;
  scenario: { connections: number; outstanding?: number; groups?: number; method?: string; topics?: number; transport?: string };
  timing: { warmUp: number; seconds: number; patience: number };
}

/** Microseconds of CPU. */
export interface Usage {
  user: number;
  system: number;
  total: number;
}

/** One measurement of a server that listens. */
export type Load = (server: { usage(): Promise<Usage> }, job: Job) => Promise<{ faults: Faults }>;

/** The medians of a row, and what became of them. */
export interface Row {
  key: string;
  medians: Record<string, number>;
  ratios: Record<string, number>;
  faults: number;
  reached?: number;
  verdict?: string;
  isBeaten?: boolean;
}

/** One scenario, protocol and peer. */
export interface Entry {
  scenario: string;
  protocol: string;
  peer: string;
  measurements: { figures: Record<string, number>; faults?: { total: number }; error?: string }[];
}

/** A row that two runs have in common. */
export interface Change {
  key: string;
  of: string | undefined;
  before: number;
  after: number;
  difference: number;
  verdict: string;
}

async function partOf<T>(file: string): Promise<T> {
  return (await import(`../../benchmark/${file}`)) as T;
}

export const { dialects } = await partOf<{ dialects: Record<string, Dialect> }>('load/dialects/index.mjs');

export const ledgers = await partOf<{ Faults: new () => Faults; Ledger: new (faults: Faults, first?: number, step?: number) => Ledger }>(
  'load/ledger.mjs',
);

export const checks = await partOf<{
  MessageCheck: new (dialect: Dialect, expected: Buffer, wanted: Wanted) => MessageCheck;
  numberedText(length: number, number?: number): string;
}>('load/message-check.mjs');

export const wire = await partOf<{ FrameReader: new (take: (bytes: Buffer, start: number, end: number) => void) => Frames }>(
  'load/frames.mjs',
);

export const { echo } = await partOf<{ echo: Load }>('load/echo.mjs');

export const { stream } = await partOf<{ stream: Load }>('load/stream.mjs');

export const { join } = await partOf<{ join: Load }>('load/join.mjs');

export const { upload } = await partOf<{ upload: Load }>('load/upload.mjs');

export const { EventReader } = await partOf<{ EventReader: new (take: (payload: Buffer) => void) => { push(chunk: Buffer): void } }>(
  'load/event-reader.mjs',
);

export const { fanOut } = await partOf<{ fanOut: Load }>('load/fan-out.mjs');

export const { PreparedCall } = await partOf<{
  PreparedCall: new (
    payload: Buffer,
    opcode: number | undefined,
  ) => { length: number; writeTo(target: Buffer, offset: number, number: number): number };
}>('load/numbered-bytes.mjs');

export const results = await partOf<{
  median(numbers: number[]): number | undefined;
  ratioOf(figures: number[], others: number[]): number | undefined;
  rowsOf(scenarios: object[], entries: Entry[]): Row[];
}>('results.mjs');

export const { changes } = await partOf<{ changes(before: { rows: Row[] }, after: { rows: Row[] }): Change[] }>('compare.mjs');

export const { report } = await partOf<{ report(of: object): string }>('report.mjs');

/** What a soak has seen at one time; of the rest of it the verdict says nothing. */
export interface SoakSample {
  connections: number;
  minutes: number;
  heap: number;
  handles: number;
}

export const soak = await partOf<{
  census(kinds: Map<string, number>): string;
  verdict(
    samples: SoakSample[],
    after: { connections: number; heap: number; handles: number },
    faults: Map<string, number>,
  ): { isGood: boolean; text: string };
}>('soak/report.mjs');
