/** The buffers of a record batch, column by column: views of the bytes that were read, checked against their bounds. */
import { bitBytes } from '../bits.js';
import { dataError } from '../errors.js';
import { damaged } from './errors.js';
import type { BatchHead } from './messages.js';
import type { ArrowField, ArrowType } from './schema.js';

/** One column, or part of one, of one batch. */
export interface Vector {
  field: ArrowField;
  length: number;
  /** A bit per row as Arrow has it: more bits may follow, and they may be anything. */
  validity?: Uint8Array;
  /** Values of fixed width one after the other, bits of booleans, places in the dictionary. */
  data: Uint8Array;
  /** Of text and lists: where each begins, and where the last ends. Rising, from 0 or above. */
  offsets?: Int32Array;
  /** Of views: what is too long to lie in the view itself. */
  texts?: Uint8Array[];
  children: Vector[];
  /** Of a dictionary-coded column: the values, in the parts they came in. */
  dictionary?: readonly Vector[];
}

/** Bytes per value; 0 for what has none of a fixed width. */
export function widthOf(type: ArrowType): number {
  switch (type.id) {
    case 'int': case 'float': case 'decimal': return type.bits / 8;
    case 'date': return type.unit === 'day' ? 4 : 8;
    case 'timestamp': return 8;
    case 'utf8View': return 16;
    default: return 0;
  }
}

const NOTHING = new Uint8Array(0);

export class BatchReader {
  private node = 0;
  private buffer = 0;
  private view = 0;

  /** @param dictionaryOf the values that stand under an identity now */
  constructor(private readonly head: BatchHead, private readonly body: Uint8Array, private readonly dictionaryOf: (id: bigint) => readonly Vector[]) {
    // Rows of columns that have no bytes are not told by anything: a damaged number must not become memory.
    if (head.rows > Math.max(1 << 20, 8 * body.length)) throw damaged('more rows than it has bytes for');
  }

  vector(field: ArrowField, values = false): Vector {
    const { nodes } = this.head;
    if (this.node + 2 > nodes.length) throw damaged('a batch has fewer columns than the schema');
    const length = nodes[this.node], nulls = nodes[this.node + 1];
    this.node += 2;
    if (length > 0xffffffff) throw dataError('TOO_LARGE', 'the Arrow data has a column of more than 2^32 rows: split it');
    const vector: Vector = { field, length, data: NOTHING, children: [] };
    if (field.dictionary && !values) {
      this.validity(vector, nulls);
      vector.data = this.next(length * field.dictionary.index.bits / 8);
      vector.dictionary = this.dictionaryOf(field.dictionary.id);
      if (vector.dictionary.some((part) => part.field.type.id !== field.type.id)) throw damaged(`the dictionary of '${field.name}' is of another type`);
      return vector;
    }
    const { type } = field;
    if (type.id !== 'null') this.validity(vector, nulls);
    switch (type.id) {
      case 'null': break;
      case 'bool': vector.data = this.next(bitBytes(length)); break;
      case 'utf8':
        vector.offsets = this.offsets(length, type.wide);
        vector.data = this.next(vector.offsets[length]);
        break;
      case 'utf8View': {
        vector.data = this.next(16 * length);
        const count = this.head.variadic[this.view++] ?? 0;
        if (count > this.head.buffers.length) throw damaged('more buffers of text than it has');
        vector.texts = Array.from({ length: count }, () => this.next(0));
        break;
      }
      case 'list': case 'map':
        vector.offsets = this.offsets(length, type.id === 'list' && type.wide);
        vector.children = [this.vector(field.children[0])];
        if (vector.children[0].length < vector.offsets[length]) throw damaged(`lists of '${field.name}' point behind their values`);
        break;
      case 'fixedList':
        vector.children = [this.vector(field.children[0])];
        if (vector.children[0].length < length * type.size) throw damaged(`lists of '${field.name}' point behind their values`);
        break;
      case 'struct':
        vector.children = field.children.map((child) => this.vector(child));
        if (vector.children.some((child) => child.length < length)) throw damaged(`a part of '${field.name}' is shorter than the whole`);
        break;
      default: vector.data = this.next(length * widthOf(type));
    }
    return vector;
  }

  private validity(vector: Vector, nulls: number): void {
    // Where there are no nulls the buffer is left out, or is of no matter.
    const bits = this.next(nulls > 0 ? bitBytes(vector.length) : 0);
    if (nulls > 0) vector.validity = bits;
  }

  /** The next buffer, of at least so many bytes. */
  private next(least: number): Uint8Array {
    const { buffers } = this.head;
    if (this.buffer + 2 > buffers.length) throw damaged('a batch has fewer buffers than its columns need');
    const at = buffers[this.buffer], length = buffers[this.buffer + 1];
    this.buffer += 2;
    if (length < least) throw damaged(`a buffer of ${length} bytes where ${least} are needed`);
    if (at + length > this.body.length) throw damaged('a buffer lies outside of its message');
    return this.body.subarray(at, at + length);
  }

  private offsets(length: number, wide: boolean): Int32Array {
    // Of no rows they may be left out altogether.
    const bytes = this.next(length === 0 ? 0 : (length + 1) * (wide ? 8 : 4));
    if (length === 0) return new Int32Array(1);
    if (wide) return narrowOffsets(typed(BigInt64Array, bytes, length + 1));
    const offsets = typed(Int32Array, bytes, length + 1);
    let last = 0;
    for (let i = 0; i <= length; i++) {
      const offset = offsets[i];
      if (offset < last) throw falling();
      last = offset;
    }
    return offsets;
  }
}

function narrowOffsets(wide: BigInt64Array): Int32Array {
  const offsets = new Int32Array(wide.length);
  let last = 0;
  for (let i = 0; i < wide.length; i++) {
    const offset = Number(wide[i]);
    if (offset < last) throw falling();
    if (offset > 0x7fffffff) throw dataError('TOO_LARGE', 'the Arrow data has a text or list column of more than 2 GiB: split it');
    offsets[i] = last = offset;
  }
  return offsets;
}

const falling = (): Error => damaged('texts or lists that end before they begin');

interface TypedArrayOf<T> { new (buffer: ArrayBufferLike, offset: number, length: number): T; readonly BYTES_PER_ELEMENT: number }

/** A view where the bytes lie on a multiple of the width, else a copy. */
export function typed<T>(Type: TypedArrayOf<T>, bytes: Uint8Array, count: number): T {
  const width = Type.BYTES_PER_ELEMENT;
  if (count * width > bytes.length) throw damaged('a buffer is too short');
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice(0, count * width);
  return new Type(aligned.buffer, aligned.byteOffset, count);
}

/** Whether there is a value. */
export function isSet({ field, validity }: Vector, row: number): boolean {
  return validity ? (validity[row >>> 3] >>> (row & 7) & 1) === 1 : field.type.id !== 'null' || field.dictionary !== undefined;
}
