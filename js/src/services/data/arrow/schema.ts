/** Arrow's schema: what columns there are and of what types, as the format numbers them. */
import { damaged, unsupported } from './errors.js';
import type { FlatTable } from './flatbuffer-reader.js';

export type TimeUnit = 0 | 1 | 2 | 3; // s, ms, us, ns

export type ArrowType =
  | { id: 'null' }
  | { id: 'int'; bits: 8 | 16 | 32 | 64; signed: boolean }
  | { id: 'float'; bits: 16 | 32 | 64 }
  | { id: 'bool' }
  /** `wide`: offsets of 64 bits. */
  | { id: 'utf8'; wide: boolean }
  | { id: 'utf8View' }
  | { id: 'decimal'; bits: 32 | 64 | 128 | 256; scale: number }
  | { id: 'date'; unit: 'day' | 'ms' }
  | { id: 'timestamp'; unit: TimeUnit }
  | { id: 'list'; wide: boolean }
  | { id: 'fixedList'; size: number }
  | { id: 'struct' }
  | { id: 'map' };
export type IntType = Extract<ArrowType, { id: 'int' }>;

export interface ArrowField {
  name: string;
  type: ArrowType;
  children: ArrowField[];
  /** Where the values stand once and the column holds their places. */
  dictionary?: { id: bigint; index: IntType };
  /** The text is JSON. */
  json: boolean;
}
export interface ArrowSchema { fields: ArrowField[] }

/** Our own mark on a column, for what Arrow has no type for; and the one all of Arrow knows. */
export const TYPE_KEY = 'wasm-services:type';
export const EXTENSION_KEY = 'ARROW:extension:name';
export const EXTENSION_METADATA_KEY = 'ARROW:extension:metadata';
export const JSON_EXTENSION = 'arrow.json';

/** Numbers of the types in the format. */
export const TYPE_IDS = { int: 2, float: 3, utf8: 5, bool: 6, timestamp: 10 } as const;
const NAMES = ['none', 'null', 'int', 'float', 'binary', 'utf8', 'bool', 'decimal', 'date', 'time', 'timestamp', 'interval', 'list', 'struct', 'union', 'fixed-size binary', 'fixed-size list', 'map', 'duration', 'large binary', 'large utf8', 'large list', 'run-end encoded', 'binary view', 'utf8 view', 'list view', 'large list view'];
/** Deeper nesting than JSON may have. */
const MOST_DEPTH = 250;
/** A few bytes may name the same part many times over, at every level. */
const MOST_FIELDS = 1 << 16;

/** @throws ServiceError UNSUPPORTED, CORRUPT */
export function readSchema(schema: FlatTable): ArrowSchema {
  if (schema.i16(0, 0) !== 0) throw unsupported('the Arrow data is of a big-endian machine: write it little-endian there');
  let count = 0;
  const readField = (field: FlatTable, depth: number, column: string | undefined): ArrowField => {
    if (depth > MOST_DEPTH) throw damaged('its types nest too deep');
    if (++count > MOST_FIELDS) throw unsupported(`the Arrow data has more than ${MOST_FIELDS} columns and parts of columns: select fewer before writing`);
    const name = field.text(0) ?? '', top = column ?? name;
    const children = field.tables(5).map((child) => readField(child, depth + 1, top));
    const type = readType(field.u8(2, 0), field.table(3), top, children);
    const encoding = field.table(4);
    const metadata = new Map(field.tables(6).map((pair) => [pair.text(0) ?? '', pair.text(1) ?? '']));
    const json = metadata.get(TYPE_KEY) === 'json' || metadata.get(EXTENSION_KEY) === JSON_EXTENSION;
    return { name, type, children, json, ...(encoding && { dictionary: { id: encoding.id(0), index: readIndex(encoding.table(1)) } }) };
  };
  const fields = schema.tables(1).map((field) => readField(field, 0, undefined));
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw unsupported(`the Arrow data has two columns of the name '${name}': rename one of them`, { field: name });
    names.add(name);
  }
  return { fields };
}

function readIndex(int: FlatTable | undefined): IntType {
  return int ? readInt(int) : { id: 'int', bits: 32, signed: true };
}

function readInt(int: FlatTable): IntType {
  const bits = int.i32(0, 0);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) throw damaged(`integers of ${bits} bits`);
  return { id: 'int', bits, signed: int.bool(1) };
}

function readType(id: number, type: FlatTable | undefined, column: string, children: readonly ArrowField[]): ArrowType {
  const has = (count: number): void => { if (children.length !== count) throw damaged(`the column '${column}' of type ${NAMES[id]} has ${children.length} parts`); };
  if (!type) throw damaged(`the column '${column}' has no type`);
  if (id < 12) has(0);
  switch (id) {
    case 1: return { id: 'null' };
    case 2: return readInt(type);
    case 3: {
      const bits = ([16, 32, 64] as const)[type.i16(0, 0)];
      if (bits === undefined) throw damaged(`the column '${column}' has floats of no known precision`);
      return { id: 'float', bits };
    }
    case 5: return { id: 'utf8', wide: false };
    case 6: return { id: 'bool' };
    case 7: {
      const bits = type.i32(2, 128), scale = type.i32(1, 0);
      if ((bits !== 32 && bits !== 64 && bits !== 128 && bits !== 256) || Math.abs(scale) > 1000) throw damaged(`the column '${column}' has impossible decimals`);
      return { id: 'decimal', bits, scale };
    }
    case 8: return { id: 'date', unit: type.i16(0, 1) === 0 ? 'day' : 'ms' };
    case 10: {
      const unit = type.i16(0, 0);
      if (unit < 0 || unit > 3) throw damaged(`the column '${column}' has timestamps of no known unit`);
      return { id: 'timestamp', unit: unit as TimeUnit };
    }
    case 12: has(1); return { id: 'list', wide: false };
    case 13: return { id: 'struct' };
    case 16: {
      const size = type.i32(0, 0);
      has(1);
      if (size < 0) throw damaged(`the column '${column}' has lists of negative length`);
      return { id: 'fixedList', size };
    }
    case 17: {
      has(1);
      if (children[0].type.id !== 'struct' || children[0].children.length !== 2) throw damaged(`the column '${column}' has a map without keys and values`);
      return { id: 'map' };
    }
    case 20: has(0); return { id: 'utf8', wide: true };
    case 21: has(1); return { id: 'list', wide: true };
    case 24: has(0); return { id: 'utf8View' };
    default: throw unsupported(`the column '${column}' is of the Arrow type ${NAMES[id] ?? `number ${id}`}, which a table can not hold: cast it to text, numbers or timestamps before writing, or leave it out`, { field: column });
  }
}
