/**
 * SQLite's sqllogictest format: records of a file, and values as the format writes them.
 *
 * Records are separated by blank lines; a line that begins with # is a comment. `statement ok|error`, `query TYPES [SORT] [LABEL]` with the SQL,
 * `----` and one expected value a line or "N values hashing to MD5"; `hash-threshold N`; `halt`; and before a record `skipif NAME` and
 * `onlyif NAME`. Values: NULL, integers, reals with three decimals, text with (empty) for none and @ for each byte beyond printable ASCII.
 */
import { createHash } from 'node:crypto';

const ENGINE = 'sqlite';

/** @yields {{ kind: 'statement' | 'query' | 'hash-threshold' | 'halt' | 'unknown', line: number, from: number, to: number }} lines `from` to `to` are the record's */
export function* records(text) {
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length;) {
    const from = at;
    let applies = true;
    let words;
    // Comments and conditions, up to the line that names the record.
    for (; at < lines.length; at++) {
      const line = lines[at].trim();
      if (line === '' || line.startsWith('#')) continue;
      words = line.split(/\s+/);
      if (words[0] === 'skipif') { if (words[1] === ENGINE) applies = false; } else if (words[0] === 'onlyif') { if (words[1] !== ENGINE) applies = false; } else break;
      words = undefined;
    }
    if (!words) return;
    const line = at + 1;
    const name = at++;
    const body = [];
    if (words[0] === 'statement' || words[0] === 'query') {
      while (at < lines.length && lines[at] !== '') body.push(lines[at++]);
    }
    const record = { ...read(words, body), line, applies, from, name, to: at };
    yield record;
    if (record.kind === 'halt' && applies) return;
  }
}

function read(words, body) {
  switch (words[0]) {
    case 'statement': {
      const end = body.indexOf('----');
      return { kind: words[1] === 'ok' || words[1] === 'error' ? 'statement' : 'unknown', fails: words[1] === 'error', sql: body.slice(0, end < 0 ? undefined : end).join('\n') };
    }
    case 'query': {
      const end = body.indexOf('----');
      const [, types = '', ...rest] = words;
      const sort = ['nosort', 'rowsort', 'valuesort'].includes(rest[0]) ? rest.shift() : 'nosort';
      return { kind: /^[IRT]+$/.test(types) ? 'query' : 'unknown', types, sort, label: rest[0], sql: body.slice(0, end < 0 ? undefined : end).join('\n'), expected: end < 0 ? undefined : body.slice(end + 1) };
    }
    case 'hash-threshold': return { kind: /^\d+$/.test(words[1] ?? '') ? 'hash-threshold' : 'unknown', threshold: Number(words[1]) };
    case 'halt': return { kind: 'halt' };
    default: return { kind: 'unknown' };
  }
}

/**
 * REAL values of T columns as the text that the engine itself makes of them: how many digits that has differs between releases of SQLite.
 * @param ask gives a number as CAST(? AS TEXT) does
 */
export async function withTexts(rows, types, ask) {
  if (!types.includes('T')) return rows;
  return Promise.all(rows.map((row) => Promise.all(row.map((value, i) => (types[i] === 'T' && typeof value === 'number' ? ask(value) : value)))));
}

/** Rows (INTEGER as bigint, REAL of T columns as text) as the lines of a result, sorted as the record says. @throws where the number of columns is another one. */
export function render(rows, { types, sort }, wrapped = false) {
  const cells = rows.map((row) => {
    if (row.length !== types.length) throw new Error(`${row.length} columns, and the types ${types} are of ${types.length}`);
    return row.map((value, i) => cell(value, types[i], wrapped));
  });
  if (sort === 'rowsort') cells.sort((a, b) => { for (let i = 0; i < a.length; i++) { const order = compare(a[i], b[i]); if (order) return order; } return 0; });
  const values = cells.flat();
  return sort === 'valuesort' ? values.sort(compare) : values;
}

/** As strcmp does: all characters are printable ASCII. */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export const hashOf = (values) => `${values.length} values hashing to ${createHash('md5').update(values.map((v) => `${v}\n`).join('')).digest('hex')}`;

function cell(value, type, wrapped) {
  if (value === null || value === undefined) return 'NULL';
  if (type === 'I') return String(wrapped ? BigInt.asIntN(32, integer(value)) : integer(value));
  if (type === 'R') return real(typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : Number(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(text(value))?.[0] ?? 0));
  return printable(value);
}

const UTF8 = new TextEncoder();
const LATIN1 = new TextDecoder('latin1');
const text = (value) => (typeof value === 'string' ? value : value instanceof Uint8Array ? LATIN1.decode(value) : String(value));

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const clamp = (value) => (value < LEAST ? LEAST : value > MOST ? MOST : value);

/** As sqlite3_column_int64 reads any value. */
function integer(value) {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? clamp(BigInt(Math.trunc(value))) : value > 0 ? MOST : LEAST;
  return clamp(BigInt(/^\s*([+-]?\d+)/.exec(text(value))?.[1].replace('+', '') ?? 0));
}

/** As SQLite's own %.3f, which knows 16 digits and goes on with zeros. */
function real(value) {
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  if (Math.abs(value) < 1e12) return value.toFixed(3);
  const [digits, exponent] = Math.abs(value).toExponential(15).split('e');
  const before = Number(exponent) + 1;
  const all = digits.replace('.', '').padEnd(before + 3, '0');
  return `${value < 0 ? '-' : ''}${all.slice(0, before)}.${all.slice(before, before + 3)}`;
}

function printable(value) {
  const bytes = value instanceof Uint8Array ? value : UTF8.encode(String(value));
  const end = bytes.indexOf(0);
  const shown = end < 0 ? bytes : bytes.subarray(0, end);
  return shown.length === 0 ? '(empty)' : Array.from(shown, (byte) => (byte < 32 || byte > 126 ? '@' : String.fromCharCode(byte))).join('');
}

/** Why a result differs from what a record expects; undefined where it does not. `labels` holds the hashes of the file's labels. */
export function verdict(rows, record, labels = new Map()) {
  let values;
  try { values = render(rows, record); } catch (error) { return error.message; }
  if (record.label !== undefined) {
    const hash = hashOf(values);
    const before = labels.get(record.label);
    labels.set(record.label, before ?? hash);
    if (before !== undefined && before !== hash) return `the label ${record.label} gave ${before} before, and now ${hash}`;
  }
  if (record.expected === undefined) return undefined;
  const why = differs(values, record.expected);
  // SQLite's own runner reads integers of 32 bits.
  return why !== undefined && /I/.test(record.types) && differs(render(rows, record, true), record.expected) === undefined ? undefined : why;
}

function differs(values, expected) {
  if (expected.length === 1 && /^\d+ values hashing to [0-9a-f]{32}$/.test(expected[0])) {
    const hash = hashOf(values);
    return hash === expected[0] ? undefined : `expected ${expected[0]}, got ${hash}`;
  }
  if (values.length !== expected.length) return `expected ${expected.length} values, got ${values.length}: ${values.slice(0, 8).join(', ')}`;
  const i = values.findIndex((value, k) => value !== expected[k]);
  return i < 0 ? undefined : `value ${i + 1}: expected ${JSON.stringify(expected[i])}, got ${JSON.stringify(values[i])}`;
}
