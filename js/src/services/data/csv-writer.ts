/**
 * CSV text of a table, by RFC 4180: CRLF between rows and behind the last, quotes where a field needs them. A null is the empty field,
 * the empty string is "", so that the two are told apart.
 */
import { getBit } from './bits.js';
import type { TableData } from './columns.js';
import { ByteText, textWriter, writerOf } from './csv-fields.js';
import { dataError, invalid, invalidField } from './errors.js';
import { packStrings } from './strings.js';
import type { CSVOptions } from './types.js';

const KEYS = ['delimiter', 'header', 'escapeFormulas'];

/** @throws ServiceError INVALID_ARGUMENT, TOO_LARGE */
export function writeCSV(table: TableData, options: CSVOptions = {}): string {
  const { delimiter: character, header, escapeFormulas } = check(options);
  const { rows, columns } = table, delimiter = character.charCodeAt(0), style = { delimiter, escapeFormulas };
  const out = new ByteText();
  const writers = columns.map((column) => writerOf(out, column, style)), validities = columns.map(({ validity }) => validity);
  const endRow = (): void => { out.room(2); out.byte(13); out.byte(10); out.rest(); };
  try {
    if (header) {
      const name = textWriter(out, packStrings(columns.map((column) => column.name)), style);
      for (let c = 0; c < columns.length; c++) { if (c > 0) { out.room(1); out.byte(delimiter); } name(c); }
      endRow();
    }
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < writers.length; c++) {
        if (c > 0) { out.room(1); out.byte(delimiter); }
        const validity = validities[c];
        if (validity === undefined || getBit(validity, row)) writers[c](row);
      }
      endRow();
    }
    return out.text();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw dataError('TOO_LARGE', 'the CSV is longer than one text can be here: write the table in slices', undefined, cause);
  }
}

function check(options: CSVOptions): Required<CSVOptions> {
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object', options);
  for (const key of Object.keys(options)) if (!KEYS.includes(key)) throw invalid(`unknown option '${key}' of toCSV: there are ${KEYS.map((k) => `'${k}'`).join(', ')}`);
  const { delimiter = ',', header = true, escapeFormulas = false } = options;
  if (typeof delimiter !== 'string' || !/^[^\r\n"\u0080-\uffff]$/.test(delimiter)) throw invalidField('delimiter', 'one ASCII character, no quote or line break', delimiter);
  if (typeof header !== 'boolean') throw invalidField('header', 'true or false', header);
  if (typeof escapeFormulas !== 'boolean') throw invalidField('escapeFormulas', 'true or false', escapeFormulas);
  return { delimiter, header, escapeFormulas };
}
