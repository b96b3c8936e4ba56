/** As much of MessagePack as the benchmark's messages need: nil, booleans, numbers, texts, arrays, and maps of them. */
export function encode(value) {
  if (value === null) return [0xc0];
  if (typeof value === 'number') return encodeInteger(value);
  if (typeof value === 'string') return encodeText(Buffer.from(value));
  if (Array.isArray(value)) return [0x90 | value.length, ...value.flatMap(encode)];
  return [0x80 | Object.keys(value).length, ...Object.entries(value).flat().flatMap(encode)];
}

function encodeInteger(value) {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`The load generator does not encode ${value}.`);
  if (value < 0x80) return [value];
  if (value < 0x100) return [0xcc, value];
  const high = value < 0x10000 ? [0xcd] : [0xce, value >>> 24, (value >> 16) & 0xff];
  return [...high, (value >> 8) & 0xff, value & 0xff];
}

function encodeText(bytes) {
  return bytes.length < 32 ? [0xa0 | bytes.length, ...bytes] : [0xd9, bytes.length, ...bytes];
}

/** Reads the one value in `bytes`, in whichever of its forms a server has written it. */
export function decode(bytes) {
  return new Reader(bytes).read();
}

class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  read() {
    const first = this.#uint(1);
    if (first < 0x80) return first;
    if (first < 0x90) return this.#map(first & 0xf);
    if (first < 0xa0) return this.#array(first & 0xf);
    if (first < 0xc0) return this.#text(first & 0x1f);
    return this.#long(first);
  }

  #long(first) {
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return first === 0xc3;
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (first - 0xcc));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (first - 0xd9)));
      case 0xdc:
        return this.#array(this.#uint(2));
      default:
        throw new Error(`MessagePack of the kind 0x${first.toString(16)} is none that the benchmark asks for.`);
    }
  }

  #uint(size) {
    this.#at += size;
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  #text(length) {
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  #array(length) {
    return Array.from({ length }, () => this.read());
  }

  #map(length) {
    return Object.fromEntries(Array.from({ length }, () => [this.read(), this.read()]));
  }
}
