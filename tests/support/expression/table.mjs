/** Columns of the golden file to ColumnData and back. */
export const plain = (value, type) => {
  if (value === null) return null;
  if (type === 'f64') return typeof value === 'string' ? Number(value) : value;
  return type === 'i64' || type === 'timestamp' ? BigInt(value) : value;
};

export function columnOf({ name, type, dictionary, values: written }) {
  const list = written.map((value) => plain(value, type));
  const { length } = list;
  const nulls = list.some((value) => value === null);
  const validity = new Uint8Array((length + 7) >> 3);
  list.forEach((value, i) => { if (value !== null) validity[i >> 3] |= 1 << (i & 7); });
  return { name, type, length, values: valuesOf(type, list, dictionary), ...(nulls && { validity }) };
}

function valuesOf(type, list, dictionary) {
  switch (type) {
    case 'f64': return { kind: 'f64', values: Float64Array.from(list, (v) => v ?? 0) };
    case 'i32': return { kind: 'i32', values: Int32Array.from(list, (v) => v ?? 0) };
    case 'i64': case 'timestamp': return { kind: 'i64', values: BigInt64Array.from(list, (v) => v ?? 0n) };
    case 'bool': {
      const bits = new Uint8Array((list.length + 7) >> 3);
      list.forEach((v, i) => { if (v) bits[i >> 3] |= 1 << (i & 7); });
      return { kind: 'bool', bits };
    }
    default: {
      if (!dictionary) return { kind: 'strings', strings: list.map((v) => v ?? '') };
      const entries = [...new Set(list.filter((v) => v !== null))];
      if (!entries.length) entries.push('');
      return { kind: 'dictionary', codes: Uint8Array.from(list, (v) => (v === null ? 0 : entries.indexOf(v))), dictionary: entries };
    }
  }
}

export function tableOf({ rows, columns }) {
  const made = columns.map(columnOf);
  return { rows, column: (place) => made[place], schema: columns.map(({ name, type }) => ({ name, type })) };
}

/** The values of a column as the golden file writes them. */
export function written(column) {
  const { values, validity, length, type } = column;
  const one = (i) => {
    switch (values.kind) {
      case 'f64': { const v = values.values[i]; return Number.isFinite(v) && !Object.is(v, -0) ? v : Object.is(v, -0) ? '-0' : String(v); }
      case 'i32': return values.values[i];
      case 'i64': return String(values.values[i]);
      case 'bool': return ((values.bits[i >> 3] >> (i & 7)) & 1) !== 0;
      case 'strings': return values.strings[i];
      case 'dictionary': return values.dictionary[values.codes[i]];
    }
    throw new Error(`${values.kind} of ${type}`);
  };
  return Array.from({ length }, (_, i) => (validity && !((validity[i >> 3] >> (i & 7)) & 1) ? null : one(i)));
}

export const bitsOf = (bits, rows) => Array.from({ length: rows }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);

/** A row object per row: what a caller would have handed over. */
export function rowsOf({ rows, columns }) {
  return Array.from({ length: rows }, (_, i) => Object.fromEntries(columns.map(({ name, type, values }) => {
    const value = plain(values[i], type);
    if (value === null) return [name, i % 2 ? null : undefined];
    if (type === 'timestamp') return [name, new Date(Number(value))];
    if (type === 'i64') return [name, value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value];
    return [name, type === 'json' ? JSON.parse(value) : value];
  })));
}
