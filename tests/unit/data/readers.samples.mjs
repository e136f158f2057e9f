/** Reading in tests: pieces in, values as texts out, as the golden file of the readers has them. */
import { createTextReader } from '../../../js/dist/services/data/read/index.js';
import { decodeStrings } from '../../../js/dist/services/data/strings.js';

const bit = (bits, row) => (bits[row >>> 3] >>> (row & 7) & 1) === 1;
const number = (value) => (Object.is(value, -0) ? '-0' : String(value));

/** Every value of a column as text, null where it is null. */
export function texts({ length, values, validity }) {
  const strings = values.kind === 'strings' ? decodeStrings(values.strings) : values.kind === 'dictionary' ? decodeStrings(values.dictionary) : undefined;
  return Array.from({ length }, (_, row) => {
    if (validity && !bit(validity, row)) return null;
    switch (values.kind) {
      case 'bool': return String(bit(values.bits, row));
      case 'strings': return strings[row];
      case 'dictionary': return strings[values.codes[row]];
      default: return number(values.values[row]);
    }
  });
}

/** `{ rows, columns: [{ name, type, values }] }`, or `{ error: { code, message } }`. */
export function read(format, options, pieces, create = createTextReader) {
  const reader = create(format, options);
  try {
    for (const piece of pieces) reader.push(piece);
    const table = reader.finish();
    return { rows: table.rows, columns: table.columns.map((column) => ({ name: column.name, type: column.type, values: texts(column) })) };
  } catch (error) {
    if (error.name !== 'ServiceError') throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

export const bytesOf = (text) => new TextEncoder().encode(text);

export function chunks(bytes, size) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

export function cutAt(bytes, places) {
  const all = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return all.slice(1).map((end, i) => bytes.subarray(all[i], end));
}
