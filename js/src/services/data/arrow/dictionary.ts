/** Dictionary-coded columns. The codes of all batches come to mean places in one dictionary, whose values are pairwise different. */
import { allSet } from '../bits.js';
import type { ColumnData, ColumnValues, StringList } from '../columns.js';
import { codesFor, decodeStrings, type Codes } from '../strings.js';
import { damaged } from './errors.js';
import { joinBits, textOf, validityOf, withoutNulls } from './leaf.js';
import { isSet, typed, type Vector } from './vectors.js';

/** Which value of the column's dictionary each value of a part is; -1: null. */
type Places = Int32Array;

/** A `utf8` column of dictionary-coded text. */
export function dictionaryColumn(vectors: readonly Vector[], name: string): ColumnData {
  const places = new Map<Vector, Places>(), words: string[] = [], known = new Map<string, number>();
  for (const part of vectors.flatMap(({ dictionary }) => dictionary!)) if (!places.has(part)) places.set(part, placesOf(part, words, known));
  const last = vectors[vectors.length - 1].dictionary!;
  // One part without repetition or null stays in the bytes that were read.
  const alone = places.size === 1 && last.length === 1 && words.length === last[0].length && words.length > 0;
  const dictionary: StringList = alone ? textOf(last[0]) : words.length > 0 ? words : [''];
  const parts = vectors.map((vector) => codesOf(vector, places, Math.max(1, words.length), name));
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  let codes: Codes, validity: Uint8Array | undefined;
  if (parts.length === 1) ({ codes, validity } = parts[0]);
  else {
    codes = codesFor(length, words.length);
    let at = 0;
    for (const part of parts) { codes.set(part.codes, at); at += part.codes.length; }
    if (parts.some((part) => part.validity)) validity = joinBits(parts.map((part) => ({ bits: part.validity, length: part.codes.length })), length);
  }
  return { name, type: 'utf8', length, values: { kind: 'dictionary', codes, dictionary }, ...(validity && { validity }) };
}

function placesOf(part: Vector, words: string[], known: Map<string, number>): Places {
  const texts = decodeStrings(textOf(part)), places = new Int32Array(texts.length), nulls = validityOf(part) !== undefined;
  for (let i = 0; i < texts.length; i++) {
    if (nulls && !isSet(part, i)) { places[i] = -1; continue; }
    let place = known.get(texts[i]);
    if (place === undefined) {
      known.set(texts[i], place = words.length);
      words.push(texts[i]);
    }
    places[i] = place;
  }
  return places;
}

function codesOf(vector: Vector, places: ReadonlyMap<Vector, Places>, values: number, name: string): { codes: Codes; validity: Uint8Array | undefined } {
  const given = indices(vector), map = joined(vector.dictionary!.map((part) => places.get(part)!));
  const validity = validityOf(vector);
  check(given, map.length, validity, name);
  const same = map.every((place, i) => place === i);
  // The same bytes, read as what they are for a dictionary of this size.
  const own = codesFor(0, values);
  if (same && given.BYTES_PER_ELEMENT === own.BYTES_PER_ELEMENT) {
    const { buffer, byteOffset, length } = given;
    const codes = own instanceof Uint8Array ? new Uint8Array(buffer, byteOffset, length) : own instanceof Uint16Array ? new Uint16Array(buffer, byteOffset, length) : new Int32Array(buffer, byteOffset, length);
    return { codes: withoutNulls(codes as Uint8Array, validity), validity };
  }
  const codes = codesFor(given.length, values);
  if (same && !validity) { codes.set(given); return { codes, validity }; }
  let valid = validity;
  for (let row = 0; row < given.length; row++) {
    if (validity && !isSet(vector, row)) continue;
    const place = map[given[row]];
    if (place >= 0) { codes[row] = place; continue; }
    if (valid === validity) valid = validity?.slice() ?? allSet(given.length);
    valid![row >>> 3] &= ~(1 << (row & 7));
  }
  return { codes, validity: valid };
}

type Indices = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** Places in the vector's own dictionary, unchecked. */
export function indices({ field, data, length }: Vector): Indices {
  const { bits, signed } = field.dictionary!.index;
  switch (bits) {
    case 8: return typed<Indices>(signed ? Int8Array : Uint8Array, data, length);
    case 16: return typed<Indices>(signed ? Int16Array : Uint16Array, data, length);
    case 32: return typed<Indices>(signed ? Int32Array : Uint32Array, data, length);
    default: return Int32Array.from(typed(BigInt64Array, data, length), (place) => (place >= 0n && place <= 0x7fffffffn ? Number(place) : -1));
  }
}

function check(given: Indices, values: number, validity: Uint8Array | undefined, name: string): void {
  let least = 0, most = -1;
  for (let i = 0; i < given.length; i++) {
    const place = given[i];
    if (place < least) least = place;
    if (place > most) most = place;
  }
  if (least >= 0 && most < values) return;
  // What stands under a null is of no matter.
  for (let i = 0; i < given.length; i++) {
    if (validity && !(validity[i >>> 3] >>> (i & 7) & 1)) continue;
    if (given[i] < 0 || given[i] >= values) throw damaged(`row ${i} of the column '${name}' points outside of its dictionary`);
  }
}

function joined(parts: readonly Places[]): Places {
  if (parts.length === 1) return parts[0];
  const out = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}

/** Values of a dictionary of anything but text, row by row. @param dictionary its values as a column */
export function spread(vector: Vector, dictionary: ColumnData, name: string): ColumnData {
  const places = indices(vector), { length } = vector, given = validityOf(vector), validity = given?.slice() ?? allSet(length);
  check(places, dictionary.length, given, name);
  const from = dictionary.values, has = (row: number): boolean => (validity[row >>> 3] >>> (row & 7) & 1) === 1;
  const inDictionary = (place: number): boolean => !dictionary.validity || (dictionary.validity[place >>> 3] >>> (place & 7) & 1) === 1;
  for (let row = 0; row < length; row++) if (has(row) && !inDictionary(places[row])) validity[row >>> 3] &= ~(1 << (row & 7));
  const take = <T extends Float64Array | Int32Array | BigInt64Array>(out: T, values: T): T => {
    for (let row = 0; row < length; row++) if (has(row)) out[row] = values[places[row]];
    return out;
  };
  let values: ColumnValues;
  switch (from.kind) {
    case 'f64': values = { kind: 'f64', values: take(new Float64Array(length), from.values) }; break;
    case 'i32': values = { kind: 'i32', values: take(new Int32Array(length), from.values) }; break;
    case 'i64': values = { kind: 'i64', values: take(new BigInt64Array(length), from.values) }; break;
    case 'bool': {
      const bits = new Uint8Array(validity.length);
      for (let row = 0; row < length; row++) if (has(row) && from.bits[places[row] >>> 3] >>> (places[row] & 7) & 1) bits[row >>> 3] |= 1 << (row & 7);
      values = { kind: 'bool', bits };
      break;
    }
    case 'strings': {
      const strings = decodeStrings(from.strings);
      values = { kind: 'strings', strings: Array.from({ length }, (_, row) => (has(row) ? strings[places[row]] : '')) };
      break;
    }
    default: throw damaged(`the column '${name}' has a dictionary of dictionaries`);
  }
  const all = validity.every((byte, i) => byte === allSet(length)[i]);
  return { name, type: dictionary.type, length, values, ...(!all && { validity }) };
}
