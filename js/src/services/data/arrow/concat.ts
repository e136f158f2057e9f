/** The same column of several batches, one behind the other. */
import type { ColumnData, ColumnValues, PackedStrings } from '../columns.js';
import { dataError } from '../errors.js';
import { packStrings } from '../strings.js';
import { joinBits } from './leaf.js';

type Kind<K extends ColumnValues['kind']> = Extract<ColumnValues, { kind: K }>;

/** @param parts at least one, of the same type and layout; none in a dictionary but those without any value */
export function concatColumns(parts: readonly ColumnData[], rows: number): ColumnData {
  if (parts.length === 1) return parts[0];
  const [{ name, type, values: { kind } }] = parts;
  const all = <K extends ColumnValues['kind']>(): Kind<K>[] => parts.map(({ values }) => values as Kind<K>);
  const put = <T extends Float64Array | Int32Array | BigInt64Array>(out: T, lists: readonly T[]): T => {
    let at = 0;
    for (const list of lists) { out.set(list as never, at); at += list.length; }
    return out;
  };
  let values: ColumnValues;
  switch (kind) {
    case 'f64': values = { kind, values: put(new Float64Array(rows), all<'f64'>().map((part) => part.values)) }; break;
    case 'i32': values = { kind, values: put(new Int32Array(rows), all<'i32'>().map((part) => part.values)) }; break;
    case 'i64': values = { kind, values: put(new BigInt64Array(rows), all<'i64'>().map((part) => part.values)) }; break;
    case 'bool': values = { kind, bits: joinBits(parts.map((part) => ({ bits: (part.values as Kind<'bool'>).bits, length: part.length })), rows) }; break;
    case 'strings': values = { kind, strings: concatStrings(all<'strings'>().map(({ strings }) => packStrings(strings))) }; break;
    case 'dictionary': values = { kind, codes: new Uint8Array(rows), dictionary: [''] };
  }
  const validity = parts.some((part) => part.validity) ? joinBits(parts.map((part) => ({ bits: part.validity, length: part.length })), rows) : undefined;
  return { name, type, length: rows, values, ...(validity && { validity }) };
}

function concatStrings(lists: readonly PackedStrings[]): PackedStrings {
  const length = lists.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length > 0x7fffffff) throw dataError('TOO_LARGE', 'the Arrow data has a text column of more than 2 GiB: split it');
  const offsets = new Int32Array(lists.reduce((sum, list) => sum + list.offsets.length - 1, 1)), bytes = new Uint8Array(length);
  let at = 1, end = 0;
  for (const list of lists) {
    for (let i = 1; i < list.offsets.length; i++) offsets[at++] = end + list.offsets[i];
    bytes.set(list.bytes, end);
    end += list.bytes.length;
  }
  return { offsets, bytes };
}
