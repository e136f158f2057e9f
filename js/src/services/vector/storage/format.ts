/**
 * The shapes that storage keeps and gives back; the byte layouts are drawn in docs/storage.md.
 * Storage knows no engine and no collection: the service hands it a `SnapshotSource` and rebuilds itself from a `Snapshot`.
 */
import type { Encoding, Metric } from '../engine.js';
import type { Metadata } from '../types.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What must be known to understand the rows, and whatever else the service wants to find again. */
export interface SnapshotConfig {
  /** 0 while no vector was ever added: empty, or documents of text alone (then `encoding` is 'f32', with rows of no bytes). */
  dimensions: number;
  metric: Metric;
  encoding: Encoding;
  [key: string]: Json;
}

/** The state of a collection, by slot. It must not change while it is being written. */
export interface SnapshotSource {
  config: SnapshotConfig;
  /** Slots handed out, dead ones included. */
  slots: number;
  /** By slot; undefined where the slot is dead. */
  ids: ArrayLike<string | undefined>;
  contents: ArrayLike<string | undefined>;
  metadata: ArrayLike<Metadata | undefined>;
  /** Rows [from, to) in `config.encoding`, as the engine's `exportRows` writes them. */
  rows(from: number, to: number): Uint8Array;
  /** The engine's `exportGraph` over exactly these slots. */
  graph?: Uint8Array | undefined;
}

/** A checked snapshot. `rows` and `graph` are views on the bytes it was read from. */
export interface Snapshot extends SnapshotSource {
  ids: (string | undefined)[];
  contents: (string | undefined)[];
  metadata: (Metadata | undefined)[];
  /** How many ids there are. */
  live: number;
}

/** Rows of a journal record, in the order of its slots. */
export interface JournalRows {
  dimensions: number;
  encoding: Encoding;
  /** As `exportRows` writes them; `f32Rows` wraps a Float32Array. */
  bytes: Uint8Array;
}

/** One change. An array of them handed to `append` is one atomic unit. */
export type JournalRecord =
  /** Free-form: what the service wants to know of a collection that has no snapshot yet. */
  | { type: 'config'; config: { [key: string]: Json } }
  /** Documents put into these slots: a slot at the end is new, one before it is replaced in its place. */
  | { type: 'upsert'; slots: ArrayLike<number>; ids: ArrayLike<string>; contents: ArrayLike<string | undefined>; metadata: ArrayLike<Metadata | undefined>; rows: JournalRows }
  | { type: 'metadata'; slots: ArrayLike<number>; metadata: ArrayLike<Metadata | undefined> }
  | { type: 'remove'; slots: ArrayLike<number> }
  | { type: 'clear' }
  /** Live slots were renumbered 0..n-1 in order. */
  | { type: 'compact' };

/** Bytes of one row in each encoding. */
export function rowBytes(encoding: Encoding, dimensions: number): number {
  switch (encoding) {
    case 'f32': return dimensions * 4;
    case 'f16': return dimensions * 2;
    case 'int8': return 4 + dimensions;
    case 'binary': return 4 + Math.ceil(dimensions / 8);
  }
}

export const ENCODINGS: readonly Encoding[] = ['f32', 'f16', 'int8', 'binary'];
export const METRICS: readonly Metric[] = ['cosine', 'dot', 'l2sq', 'hamming'];

/** Rows in memory as journal rows, without a copy (every host of this package is little-endian). */
export function f32Rows(rows: Float32Array, dimensions: number): JournalRows {
  return { dimensions, encoding: 'f32', bytes: new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength) };
}
