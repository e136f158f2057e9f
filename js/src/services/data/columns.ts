/**
 * Columns as they cross between engines, workers and formats: plain buffers in the layout of the Arrow columnar format (as
 * crates/columnar has them), so that nothing is parsed on the way.
 */
import type { ColumnType } from './types.js';

/** In the order of their numbers in crates/columnar. */
export const COLUMN_TYPES: readonly ColumnType[] = ['f64', 'i64', 'i32', 'bool', 'utf8', 'timestamp', 'json'];

/** Strings one after the other: `offsets[i]..offsets[i + 1]` of `bytes`. UTF-8, a lone surrogate as its three bytes (WTF-8). */
export interface PackedStrings { offsets: Int32Array; bytes: Uint8Array }

/** The strings of a column or dictionary, packed or as JavaScript has them. `decodeStrings` and `packStrings` (strings.ts) turn one into the other. */
export type StringList = PackedStrings | readonly string[];

export type ColumnValues =
  /** `f64`. */
  | { kind: 'f64'; values: Float64Array }
  /** `i64`, and `timestamp` in milliseconds since 1970 UTC. */
  | { kind: 'i64'; values: BigInt64Array }
  | { kind: 'i32'; values: Int32Array }
  /** A bit per row, least significant first; bits past the end are 0. */
  | { kind: 'bool'; bits: Uint8Array }
  /** `utf8` and `json` (JSON text). */
  | { kind: 'strings'; strings: StringList }
  /** `utf8`: `dictionary` holds pairwise different values, at least one. */
  | { kind: 'dictionary'; codes: Uint8Array | Uint16Array | Int32Array; dictionary: StringList };

export interface ColumnData {
  name: string;
  type: ColumnType;
  /** Rows. */
  length: number;
  values: ColumnValues;
  /** A bit per row, set where there is a value, least significant first; left out: everywhere. Null rows hold 0, false, '' or code 0. */
  validity?: Uint8Array;
}

/** A table as plain buffers. */
export interface TableData { rows: number; columns: ColumnData[] }
