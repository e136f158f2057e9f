/** A small, careful CSV reader (RFC 4180; comma, semicolon or tab): what it cannot read rightly is an error that names the line. */

const INTEGER = /^[+-]?(?:0|[1-9]\d*)$/;
const REAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** A leading zero ("00420") is part of a name, not of a number. */
const PADDED = /^[+-]?0\d/;

export class CsvError extends Error {
  code = 'CSV';
}

/** The one of three that stands most often in the first line, outside quotes. */
function delimiterOf(text) {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '\n' || c === '\r')) break;
    else if (!quoted && c in counts) counts[c]++;
  }
  return Object.keys(counts).reduce((best, c) => (counts[c] > counts[best] ? c : best));
}

/** Records of fields; an unquoted empty field is null, a quoted one ''. Blank lines are dropped. */
export function parseCsv(text, delimiter = delimiterOf(text)) {
  const records = [], lines = [];
  let record = [], at = 0, line = 1, startLine = 1;
  const endRecord = () => {
    if (record.length > 1 || record[0] !== null) {
      records.push(record);
      lines.push(startLine);
    }
    record = [];
  };
  while (at < text.length) {
    if (text[at] === '"') {
      let value = '';
      const opened = line;
      for (at++; ;) {
        const close = text.indexOf('"', at);
        if (close < 0) throw new CsvError(`the quote opened in line ${opened} is never closed: close it, or double a quote that is part of a text ("")`);
        const part = text.slice(at, close);
        line += part.split('\n').length - 1;
        value += part;
        at = close + 1;
        if (text[at] !== '"') break;
        value += '"';
        at++;
      }
      record.push(value);
      if (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') throw new CsvError(`line ${line}: text after a closing quote: double a quote that is part of a text ("")`);
    } else {
      let end = at;
      while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++;
      record.push(end === at ? null : text.slice(at, end));
      at = end;
    }
    if (text[at] === delimiter) {
      at++;
      if (at === text.length) record.push(null);
      else if (text[at] === '\n' || text[at] === '\r') record.push(null);
      else continue;
    }
    endRecord();
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    startLine = ++line;
  }
  return { records, lines };
}

function typeOf(values) {
  let type = 'INTEGER', seen = false;
  for (const value of values) {
    if (value === null) continue;
    seen = true;
    const number = value.trim();
    if (PADDED.test(number)) return 'TEXT';
    if (INTEGER.test(number) && Number.isSafeInteger(Number(number))) continue;
    if (!REAL.test(number) || !Number.isFinite(Number(number)) || INTEGER.test(number)) return 'TEXT';
    type = 'REAL';
  }
  return seen ? type : 'TEXT';
}

/** Names that a table can have: none empty, none twice (SQLite ignores case). */
function columnNames(header) {
  const used = new Set();
  return header.map((cell, i) => {
    const base = (cell ?? '').replaceAll('\0', '').trim() || `column_${i + 1}`;
    let name = base;
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${base}_${n}`;
    used.add(name.toLowerCase());
    return name;
  });
}

/**
 * A whole file as a table: the first line names the columns, a column's type is what all its values are.
 * @param {Uint8Array} bytes UTF-8
 * @returns {{ columns: { name: string, type: 'INTEGER' | 'REAL' | 'TEXT' }[], rows: (string | number | null)[][] }}
 * @throws CsvError that names the line and what to do
 */
export function readCsv(bytes) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte order mark
  } catch {
    throw new CsvError('the file is not UTF-8: save it as "CSV UTF-8" and open it again');
  }
  const { records, lines } = parseCsv(text);
  if (records.length === 0) throw new CsvError('the file is empty: its first line must name the columns');
  const [header, ...data] = records;
  const wide = data.findIndex((r) => r.length > header.length);
  if (wide >= 0) throw new CsvError(`line ${lines[wide + 1]} has ${data[wide].length} fields, the first line names ${header.length}: quote fields that hold the delimiter`);
  const types = header.map((_, i) => typeOf(data.map((r) => r[i] ?? null)));
  const cell = (value, type) => (value === null || value === undefined || type === 'TEXT' ? value ?? null : Number(value));
  return {
    columns: columnNames(header).map((name, i) => ({ name, type: types[i] })),
    rows: data.map((r) => types.map((type, i) => cell(r[i], type))),
  };
}
