/** Little-endian reading and writing where every length is checked before anything is read or allocated. */
import { ServiceError } from '../../../errors.js';

/** Small pieces are written together; larger ones go as they are. */
const WRITE_BYTES = 1 << 20;

/** A CORRUPT error that says what is wrong and at which byte. */
export function corrupt(what: string, at?: number): ServiceError {
  const where = at === undefined ? '' : ` at byte ${at}`;
  return new ServiceError('CORRUPT', `${what}${where}: the data is damaged or not of this package; nothing was changed. Use another copy`, {
    service: 'vector', ...(at !== undefined && { detail: { offset: at } }),
  });
}

/** Collects small little-endian fields and whole byte arrays. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #room(count: number): number {
    const at = this.length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.length = needed;
    return at;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** An unsigned integer up to 2^53 - 1, in eight bytes. */
  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  u32s(values: ArrayLike<number>): this {
    const at = this.#room(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setUint32(at + i * 4, values[i], true);
    return this;
  }

  /** Zero bytes up to the next multiple of `alignment`. */
  align(alignment: number): this {
    this.#room(-this.length & (alignment - 1));
    return this;
  }

  /** A view of what was written; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }
}

/** Reads forward through bytes; anything that would run over the end is CORRUPT. `base` makes offsets in messages those of the whole file. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  readonly #what: string;
  offset = 0;

  constructor(bytes: Uint8Array, what: string, base = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
    this.#base = base;
  }

  get remaining(): number {
    return this.#bytes.length - this.offset;
  }

  /** An error about the place the reader is at. */
  fail(problem: string): ServiceError {
    return corrupt(`${this.#what}: ${problem}`, this.#base + this.offset);
  }

  #take(count: number): number {
    if (count > this.remaining) throw this.fail(`${count} bytes are needed and ${this.remaining} are left`);
    const at = this.offset;
    this.offset += count;
    return at;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): number {
    const at = this.#take(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high >= 2 ** 21) { this.offset = at; throw this.fail('a number beyond 2^53'); }
    return high * 2 ** 32 + this.#view.getUint32(at, true);
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  u32s(count: number): Uint32Array {
    const at = this.#take(count * 4);
    const out = new Uint32Array(count);
    for (let i = 0; i < count; i++) out[i] = this.#view.getUint32(at + i * 4, true);
    return out;
  }

  /** Skips the zeros that `ByteWriter.align` wrote. */
  align(alignment: number): void {
    const padding = this.bytes(-this.offset & (alignment - 1));
    for (const byte of padding) if (byte !== 0) throw this.fail('padding that is not zero');
  }

  end(): void {
    if (this.remaining !== 0) throw this.fail(`${this.remaining} bytes too many`);
  }
}

/** Joins neighbouring small pieces into writes of up to about 1 MiB. */
export function* coalesce(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const joined = (): Uint8Array => {
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of parts) { out.set(part, at); at += part.length; }
    parts = [];
    length = 0;
    return out;
  };
  for (const piece of pieces) {
    if (length > 0 && length + piece.length > WRITE_BYTES) yield joined();
    if (piece.length >= WRITE_BYTES) { yield piece; continue; }
    parts.push(piece);
    length += piece.length;
  }
  if (length > 0) yield joined();
}
