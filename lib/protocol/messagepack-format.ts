/**
 * What a value of MessagePack may be, as its first byte says it.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 * @internal
 */
export const Kind = {
  /** Nothing that could be read: the bytes end before the value does, or it begins with 0xc1, which means nothing. */
  None: 0,
  Nil: 1,
  Boolean: 2,
  Integer: 3,
  Float: 4,
  // From here on, a value has a length.
  Text: 5,
  Bytes: 6,
  Extension: 7,
  List: 8,
  Map: 9,
} as const;

/**
 * One of them.
 *
 * @internal
 */
export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * First bytes of values. Of a row (0xcc, 0xcd, 0xce …) the first one stands here; those that follow have twice as many bytes each.
 *
 * @internal
 */
export const Head = {
  ShortMap: 0x80,
  ShortList: 0x90,
  ShortText: 0xa0,
  Nil: 0xc0,
  False: 0xc2,
  True: 0xc3,
  Bytes: 0xc4,
  Extension: 0xc7,
  Float32: 0xca,
  Float64: 0xcb,
  Uint8: 0xcc,
  Uint16: 0xcd,
  Uint32: 0xce,
  Uint64: 0xcf,
  Int8: 0xd0,
  Int16: 0xd1,
  Int32: 0xd2,
  Int64: 0xd3,
  FixedExtension: 0xd4,
  Text: 0xd9,
  List: 0xdc,
  Map: 0xde,
  Negative: 0xe0,
} as const;

interface Row {
  from: number;
  to: number;
  kind: Kind;
  /** How many bytes a number, or the length of what has one, takes after the first byte of this row; twice as many for the next one. */
  size?: number;
  length?: (head: number) => number;
}

const rows: readonly Row[] = [
  { from: 0x00, to: 0x7f, kind: Kind.Integer },
  { from: 0x80, to: 0x8f, kind: Kind.Map, length: (head) => head - 0x80 },
  { from: 0x90, to: 0x9f, kind: Kind.List, length: (head) => head - 0x90 },
  { from: 0xa0, to: 0xbf, kind: Kind.Text, length: (head) => head - 0xa0 },
  { from: 0xc0, to: 0xc0, kind: Kind.Nil },
  { from: 0xc2, to: 0xc3, kind: Kind.Boolean },
  { from: 0xc4, to: 0xc6, kind: Kind.Bytes, size: 1 },
  { from: 0xc7, to: 0xc9, kind: Kind.Extension, size: 1 },
  { from: 0xca, to: 0xcb, kind: Kind.Float, size: 4 },
  { from: 0xcc, to: 0xcf, kind: Kind.Integer, size: 1 },
  { from: 0xd0, to: 0xd3, kind: Kind.Integer, size: 1 },
  { from: 0xd4, to: 0xd8, kind: Kind.Extension, length: (head) => 1 << (head - 0xd4) },
  { from: 0xd9, to: 0xdb, kind: Kind.Text, size: 1 },
  { from: 0xdc, to: 0xdd, kind: Kind.List, size: 2 },
  { from: 0xde, to: 0xdf, kind: Kind.Map, size: 2 },
  { from: 0xe0, to: 0xff, kind: Kind.Integer },
];

/**
 * By first byte: what it begins.
 *
 * @internal
 */
export const kinds = new Uint8Array(256);
/**
 * By first byte: how many bytes the number, or the length, has that follows it.
 *
 * @internal
 */
export const sizes = new Uint8Array(256);
/**
 * By first byte: the length that stands in that byte itself.
 *
 * @internal
 */
export const lengths = new Uint8Array(256);

for (const { from, to, kind, size, length } of rows) {
  for (let head = from; head <= to; head++) {
    kinds[head] = kind;
    if (size !== undefined) sizes[head] = size << (head - from);
    if (length !== undefined) lengths[head] = length(head);
  }
}
