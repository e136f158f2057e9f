/**
 * Where rows live: one class per encoding behind one interface. Layout of exported rows (little-endian, as are all hosts
 * that run WebAssembly; row-major, no padding) is in docs/storage.md.
 */
import { ServiceError } from '../../../errors.js';
import type { Encoding } from '../engine.js';
import { binaryFactor, decodeBinary, encodeInt8, halfTable, isInt8Scale, packSigns, toHalf } from './encoding.js';
import { Segments, segmentShift } from './segments.js';

export interface RowStore {
  readonly encoding: Encoding;
  /** log2 of rows per segment; every table beside the rows uses the same. */
  readonly shift: number;
  /** Bytes of one exported row. */
  readonly rowBytes: number;
  readonly bytes: number;
  /** Makes room for rows [0, count); RangeError when there is no memory, undone by `trim`. */
  reserve(count: number): void;
  trim(count: number): void;
  /** Encodes `source[from, from + dimensions)` into the row. */
  put(slot: number, source: Float32Array, from: number): void;
  /** Decodes the row to `out[to, to + dimensions)`. */
  read(slot: number, out: Float32Array, to: number): void;
  move(from: number, to: number): void;
  export(from: number, to: number): Uint8Array;
  /** Throws CORRUPT unless bytes hold `count` sound rows. */
  check(bytes: Uint8Array, count: number): void;
  /** Takes `count` checked rows into [slot, slot + count). */
  import(bytes: Uint8Array, count: number, slot: number): void;
}

/** Floats per row in scans: dimensions rounded up to a multiple of eight, the rest zero. */
export function strideOf(dimensions: number): number {
  return (dimensions + 7) & ~7;
}

export function createRowStore(encoding: Encoding, dimensions: number): RowStore {
  switch (encoding) {
    case 'f32': return new FloatRows(dimensions);
    case 'f16': return new HalfRows(dimensions);
    case 'int8': return new Int8Rows(dimensions);
    case 'binary': return new BinaryRows(dimensions);
  }
}

/** Rows as given, padded to the stride so that the scan has no tail. */
export class FloatRows implements RowStore {
  readonly encoding = 'f32';
  readonly rowBytes: number;
  readonly shift: number;
  readonly segments: Segments<Float32Array>;
  private readonly dimensions: number;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = dimensions * 4;
    const stride = strideOf(dimensions);
    this.shift = segmentShift(stride * 4);
    this.segments = new Segments((length) => new Float32Array(length), stride, this.shift);
  }

  get bytes(): number { return this.segments.bytes; }
  reserve(count: number): void { this.segments.reserve(count); }
  trim(count: number): void { this.segments.trim(count); }
  move(from: number, to: number): void { this.segments.move(from, to); }

  put(slot: number, source: Float32Array, from: number): void {
    this.segments.part(slot).set(source.subarray(from, from + this.dimensions), this.segments.offset(slot));
  }

  read(slot: number, out: Float32Array, to: number): void {
    const start = this.segments.offset(slot);
    out.set(this.segments.part(slot).subarray(start, start + this.dimensions), to);
  }

  export(from: number, to: number): Uint8Array {
    const out = new Float32Array((to - from) * this.dimensions);
    for (let slot = from; slot < to; slot++) this.read(slot, out, (slot - from) * this.dimensions);
    return new Uint8Array(out.buffer);
  }

  check(bytes: Uint8Array, count: number): void {
    checkLength(bytes, count, this.rowBytes);
    const view = viewOf(bytes);
    for (let at = 0; at < bytes.length; at += 4) if (!Number.isFinite(view.getFloat32(at, true))) throw corrupt('a component is not finite');
  }

  import(bytes: Uint8Array, count: number, slot: number): void {
    const rows = new Float32Array(bytes.slice(0, count * this.rowBytes).buffer);
    for (let i = 0; i < count; i++) this.put(slot + i, rows, i * this.dimensions);
  }
}

export class HalfRows implements RowStore {
  readonly encoding = 'f16';
  readonly rowBytes: number;
  readonly shift: number;
  private readonly segments: Segments<Uint16Array>;
  private readonly dimensions: number;
  private readonly table = halfTable();

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = dimensions * 2;
    this.shift = segmentShift(this.rowBytes);
    this.segments = new Segments((length) => new Uint16Array(length), dimensions, this.shift);
  }

  get bytes(): number { return this.segments.bytes; }
  reserve(count: number): void { this.segments.reserve(count); }
  trim(count: number): void { this.segments.trim(count); }
  move(from: number, to: number): void { this.segments.move(from, to); }

  put(slot: number, source: Float32Array, from: number): void {
    const part = this.segments.part(slot), at = this.segments.offset(slot);
    for (let j = 0; j < this.dimensions; j++) part[at + j] = toHalf(source[from + j]);
  }

  read(slot: number, out: Float32Array, to: number): void {
    const part = this.segments.part(slot), at = this.segments.offset(slot), dimensions = this.dimensions, table = this.table;
    for (let j = 0; j < dimensions; j++) out[to + j] = table[part[at + j]];
  }

  export(from: number, to: number): Uint8Array {
    const out = new Uint16Array((to - from) * this.dimensions);
    for (let slot = from; slot < to; slot++) {
      const start = this.segments.offset(slot);
      out.set(this.segments.part(slot).subarray(start, start + this.dimensions), (slot - from) * this.dimensions);
    }
    return new Uint8Array(out.buffer);
  }

  check(bytes: Uint8Array, count: number): void {
    checkLength(bytes, count, this.rowBytes);
    for (let at = 1; at < bytes.length; at += 2) if ((bytes[at] & 0x7c) === 0x7c) throw corrupt('a component is not finite');
  }

  import(bytes: Uint8Array, count: number, slot: number): void {
    const rows = new Uint16Array(bytes.slice(0, count * this.rowBytes).buffer);
    for (let i = 0; i < count; i++) {
      this.segments.part(slot + i).set(rows.subarray(i * this.dimensions, (i + 1) * this.dimensions), this.segments.offset(slot + i));
    }
  }
}

export class Int8Rows implements RowStore {
  readonly encoding = 'int8';
  readonly rowBytes: number;
  readonly shift: number;
  private readonly codes: Segments<Int8Array>;
  private readonly scales: Segments<Float32Array>;
  private readonly dimensions: number;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = 4 + dimensions;
    this.shift = segmentShift(dimensions);
    this.codes = new Segments((length) => new Int8Array(length), dimensions, this.shift);
    this.scales = new Segments((length) => new Float32Array(length), 1, this.shift);
  }

  get bytes(): number { return this.codes.bytes + this.scales.bytes; }
  reserve(count: number): void { this.codes.reserve(count); this.scales.reserve(count); }
  trim(count: number): void { this.codes.trim(count); this.scales.trim(count); }
  move(from: number, to: number): void { this.codes.move(from, to); this.scales.move(from, to); }

  put(slot: number, source: Float32Array, from: number): void {
    const scale = encodeInt8(source, from, this.dimensions, this.codes.part(slot), this.codes.offset(slot));
    this.scales.part(slot)[this.scales.offset(slot)] = scale;
  }

  read(slot: number, out: Float32Array, to: number): void {
    const part = this.codes.part(slot), at = this.codes.offset(slot), dimensions = this.dimensions;
    const scale = this.scales.part(slot)[this.scales.offset(slot)];
    for (let j = 0; j < dimensions; j++) out[to + j] = part[at + j] * scale;
  }

  export(from: number, to: number): Uint8Array {
    const out = new Uint8Array((to - from) * this.rowBytes), view = viewOf(out);
    for (let slot = from, at = 0; slot < to; slot++, at += this.rowBytes) {
      const start = this.codes.offset(slot);
      view.setFloat32(at, this.scales.part(slot)[this.scales.offset(slot)], true);
      out.set(this.codes.part(slot).subarray(start, start + this.dimensions), at + 4);
    }
    return out;
  }

  check(bytes: Uint8Array, count: number): void {
    checkLength(bytes, count, this.rowBytes);
    checkFactors(bytes, this.rowBytes, isInt8Scale);
  }

  import(bytes: Uint8Array, count: number, slot: number): void {
    const view = viewOf(bytes);
    for (let i = 0, at = 0; i < count; i++, at += this.rowBytes) {
      this.scales.part(slot + i)[this.scales.offset(slot + i)] = view.getFloat32(at, true);
      this.codes.part(slot + i).set(bytes.subarray(at + 4, at + this.rowBytes), this.codes.offset(slot + i));
    }
  }
}

export class BinaryRows implements RowStore {
  readonly encoding = 'binary';
  readonly rowBytes: number;
  readonly shift: number;
  readonly codes: Segments<Uint32Array>;
  private readonly factors: Segments<Float32Array>;
  private readonly dimensions: number;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = 4 + ((dimensions + 7) >>> 3);
    const words = (dimensions + 31) >>> 5;
    this.shift = segmentShift(words * 4);
    this.codes = new Segments((length) => new Uint32Array(length), words, this.shift);
    this.factors = new Segments((length) => new Float32Array(length), 1, this.shift);
  }

  get bytes(): number { return this.codes.bytes + this.factors.bytes; }
  reserve(count: number): void { this.codes.reserve(count); this.factors.reserve(count); }
  trim(count: number): void { this.codes.trim(count); this.factors.trim(count); }
  move(from: number, to: number): void { this.codes.move(from, to); this.factors.move(from, to); }

  put(slot: number, source: Float32Array, from: number): void {
    packSigns(source, from, this.dimensions, this.codes.part(slot), this.codes.offset(slot));
    this.factors.part(slot)[this.factors.offset(slot)] = binaryFactor(source, from, this.dimensions);
  }

  read(slot: number, out: Float32Array, to: number): void {
    const factor = this.factors.part(slot)[this.factors.offset(slot)];
    decodeBinary(this.codes.part(slot), this.codes.offset(slot), factor, this.dimensions, out, to);
  }

  export(from: number, to: number): Uint8Array {
    const out = new Uint8Array((to - from) * this.rowBytes), view = viewOf(out);
    for (let slot = from, at = 0; slot < to; slot++, at += this.rowBytes) {
      const part = this.codes.part(slot), start = this.codes.offset(slot);
      view.setFloat32(at, this.factors.part(slot)[this.factors.offset(slot)], true);
      for (let b = 0; b < this.rowBytes - 4; b++) out[at + 4 + b] = part[start + (b >>> 2)] >>> ((b & 3) << 3);
    }
    return out;
  }

  check(bytes: Uint8Array, count: number): void {
    checkLength(bytes, count, this.rowBytes);
    checkFactors(bytes, this.rowBytes, (factor) => factor >= 0 && factor < Infinity);
    const unused = (this.rowBytes - 4) * 8 - this.dimensions;
    for (let last = this.rowBytes - 1; last < bytes.length; last += this.rowBytes) {
      if (bytes[last] >>> (8 - unused) !== 0) throw corrupt('a bit beyond the dimensions is set');
    }
  }

  import(bytes: Uint8Array, count: number, slot: number): void {
    const view = viewOf(bytes);
    for (let i = 0, at = 0; i < count; i++, at += this.rowBytes) {
      const part = this.codes.part(slot + i), start = this.codes.offset(slot + i);
      this.factors.part(slot + i)[this.factors.offset(slot + i)] = view.getFloat32(at, true);
      part.fill(0, start, start + this.codes.width);
      for (let b = 0; b < this.rowBytes - 4; b++) part[start + (b >>> 2)] |= bytes[at + 4 + b] << ((b & 3) << 3);
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkLength(bytes: Uint8Array, count: number, rowBytes: number): void {
  if (!Number.isInteger(count) || count < 0 || bytes.length !== count * rowBytes) {
    throw corrupt(`${count} rows of ${rowBytes} bytes were announced and ${bytes.length} bytes came`);
  }
}

/** Every row of int8 and binary begins with its f32 factor. */
function checkFactors(bytes: Uint8Array, rowBytes: number, isSound: (factor: number) => boolean): void {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += rowBytes) {
    if (!isSound(view.getFloat32(at, true))) throw corrupt('a scale is not one that encoding gives');
  }
}

function corrupt(what: string): ServiceError {
  return new ServiceError('CORRUPT', `stored rows are damaged: ${what}; load an older copy or add the documents again`, { service: 'vector' });
}
