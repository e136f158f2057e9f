/** Columns of every type from plain values, and back; tables for property tests. */
import fc from 'fast-check';
import { packStrings } from '../../../js/dist/services/data/strings.js';

const bits = (flags) => {
  const out = new Uint8Array((flags.length + 7) >> 3);
  flags.forEach((flag, i) => { if (flag) out[i >> 3] |= 1 << (i & 7); });
  return out;
};

/** Values of a type as ColumnData; null is null. `form`: 'packed', 'plain' or 'dictionary' for text. */
export function column(name, type, values, form = 'plain') {
  const filled = (none) => values.map((value) => value ?? none);
  const list = (strings) => (form === 'packed' ? packStrings(strings) : strings);
  const body = () => {
    switch (type) {
      case 'f64': return { kind: 'f64', values: Float64Array.from(filled(0)) };
      case 'i32': return { kind: 'i32', values: Int32Array.from(filled(0)) };
      case 'i64': return { kind: 'i64', values: BigInt64Array.from(filled(0n).map(BigInt)) };
      case 'timestamp': return { kind: 'i64', values: BigInt64Array.from(values.map((value) => BigInt(value === null ? 0 : Number(value)))) };
      case 'bool': return { kind: 'bool', bits: bits(filled(false)) };
      case 'json': return { kind: 'strings', strings: list(values.map((value) => (value === null ? '' : JSON.stringify(value)))) };
      default: {
        if (form !== 'dictionary') return { kind: 'strings', strings: list(filled('')) };
        const dictionary = ['unused', ...new Set(values.filter((value) => value !== null))].reverse();
        return { kind: 'dictionary', codes: Uint8Array.from(values, (value) => (value === null ? 0 : dictionary.indexOf(value))), dictionary: packStrings(dictionary) };
      }
    }
  };
  return { name, type, length: values.length, values: body(), ...(values.includes(null) && { validity: bits(values.map((value) => value !== null)) }) };
}

/** The values of ColumnData; checks what its form promises on the way. */
export function valuesOf({ type, length, values, validity }) {
  const at = (i) => {
    switch (values.kind) {
      case 'bool': return ((values.bits[i >> 3] >> (i & 7)) & 1) === 1;
      case 'strings': return type === 'json' ? JSON.parse(values.strings[i]) : values.strings[i];
      case 'dictionary': return values.dictionary[values.codes[i]];
      case 'i64': return type === 'timestamp' ? new Date(Number(values.values[i])) : Number.isSafeInteger(Number(values.values[i])) ? Number(values.values[i]) : values.values[i];
      default: return values.values[i];
    }
  };
  const rows = values.values?.length ?? values.strings?.length ?? values.codes?.length ?? length;
  if (rows !== length) throw new Error(`${rows} values where the column says ${length}`);
  return Array.from({ length }, (_, i) => (validity && !((validity[i >> 3] >> (i & 7)) & 1) ? null : at(i)));
}

const nullable = (values) => fc.oneof({ weight: 5, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) });
export const VALUES = {
  f64: fc.oneof(fc.constantFrom(NaN, -0, 0, 0.5, 2, 3, -7.25, 1e10), fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-6 ? 0 : x))),
  i32: fc.constantFrom(-2147483648, -1, 0, 1, 2, 3, 2147483647),
  i64: fc.constantFrom(-1n, 0n, 2n, 3n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  bool: fc.boolean(),
  utf8: fc.oneof(fc.constantFrom('', 'a', 'b', '\u{1F600}', '\uFFFD', '\uD83D', '\uDE00', 'Ä', '__proto__'), fc.string({ unit: 'binary', maxLength: 3 })),
  timestamp: fc.constantFrom(-1, 0, 1, 86_400_000).map((time) => new Date(time)),
  json: fc.constantFrom({ a: 1 }, [1, 2], [], 'text', 5, true),
};
export const TYPES = Object.keys(VALUES);

/** A column's name, type and values. */
export const columnOf = (name, rows, types = TYPES) => fc.constantFrom(...types).chain((type) => fc.record({
  name: fc.constant(name), type: fc.constant(type), form: fc.constantFrom('plain', 'packed', 'dictionary'), nulls: fc.boolean(),
  values: fc.array(nullable(VALUES[type]), { minLength: rows, maxLength: rows }),
})).map(({ nulls, values, ...rest }) => ({ ...rest, values: nulls ? values : values.map((value) => value ?? fallback(rest.type)) }));
const fallback = (type) => ({ f64: 1.5, i32: 1, i64: 2n, bool: true, utf8: 'a', timestamp: new Date(0), json: [] })[type];

export const table = (names, maxRows = 30, types = TYPES) => fc.integer({ min: 0, max: maxRows }).chain((rows) => fc.tuple(...names.map((name) => columnOf(name, rows, types))).map((columns) => ({ rows, columns })));

export const dataOf = ({ rows, columns }) => ({ rows, columns: columns.map(({ name, type, values, form }) => column(name, type, values, form)) });
/** As valuesOf gives them. */
export const plain = ({ type, values }) => values.map((value) => (type === 'i64' && value !== null && Number.isSafeInteger(Number(value)) ? Number(value) : value));
export const rowsOf = (columns, rows) => Array.from({ length: rows }, (_, i) => columns.map((values) => values[i]));
