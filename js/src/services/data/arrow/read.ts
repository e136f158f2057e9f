/**
 * Reads Arrow IPC, streams and files: record batches become columns, one after the other. What lies in the bytes as a table has it
 * stays there, so the bytes must not be changed afterwards.
 */
import type { ColumnData, TableData } from '../columns.js';
import { getBit } from '../bits.js';
import { dataError } from '../errors.js';
import { decodeStrings } from '../strings.js';
import { concatColumns } from './concat.js';
import { dictionaryColumn, spread } from './dictionary.js';
import { damaged } from './errors.js';
import { leafColumn, validityOf } from './leaf.js';
import { fileMessages, hasMagic, MAGIC, messageAt, type Message } from './messages.js';
import { jsonOf } from './nested.js';
import type { ArrowField, ArrowSchema } from './schema.js';
import { BatchReader, isSet, type Vector } from './vectors.js';

export interface ArrowReader {
  /** Any cut is allowed. The bytes are kept. @throws ServiceError PARSE, CORRUPT, UNSUPPORTED, TOO_LARGE, INTEGER_RANGE */
  push(bytes: Uint8Array): void;
  finish(): TableData;
  /** Rows so far; of a file 0 until it is whole. */
  readonly rows: number;
}

export function createArrowReader(): ArrowReader {
  const tables = new TableBuilder();
  // What has come and was not read yet: pieces, joined once what begins in them is whole.
  let pieces: Uint8Array[] = [], held = 0, needed = 8, at = 0;
  let form: 'unknown' | 'file' | 'stream' | 'ended' = 'unknown';

  const whole = (): Uint8Array => {
    if (pieces.length !== 1) {
      const all = new Uint8Array(held);
      let end = 0;
      for (const piece of pieces) { all.set(piece, end); end += piece.length; }
      pieces = [all];
    }
    return pieces[0];
  };

  const readOn = (): void => {
    const bytes = whole();
    if (form === 'unknown') form = hasMagic(bytes, 0) ? 'file' : 'stream';
    if (form === 'file') { needed = Infinity; return; }
    for (;;) {
      const found = messageAt(bytes, at);
      if (found === 'end') { form = 'ended'; pieces = []; held = 0; return; }
      if ('needed' in found) { needed = found.needed; break; }
      tables.add(found.message);
      at = found.next;
    }
    const rest = bytes.subarray(at);
    pieces = [rest];
    held = rest.length;
    at = 0;
  };

  return {
    push(bytes) {
      if (form === 'ended' || bytes.length === 0) return;
      pieces.push(bytes);
      held += bytes.length;
      if (held >= needed) guard(readOn);
    },
    finish: () => guard(() => {
      if (form === 'file') {
        const bytes = whole();
        for (const message of fileMessages(bytes)) tables.add(message);
      } else if (held > 0) {
        throw held < 8 && form === 'unknown' ? notArrow() : damaged('it ends in the middle of a message');
      }
      return tables.finish();
    }),
    get rows() { return tables.rows; },
  };
}

/** @throws ServiceError PARSE, CORRUPT, UNSUPPORTED, TOO_LARGE, INTEGER_RANGE */
export function readArrow(bytes: Uint8Array): TableData {
  const reader = createArrowReader();
  reader.push(bytes);
  return reader.finish();
}

function notArrow(): Error {
  return dataError('PARSE', `the data is no Arrow IPC: it begins neither with ${String.fromCharCode(...MAGIC)} nor with a schema`);
}

/** Lengths that no memory holds are found by the engine. */
function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw damaged(`a length in it is impossible (${error.message})`);
    throw error;
  }
}

class TableBuilder {
  rows = 0;
  #schema: ArrowSchema | undefined;
  /** One list per column. */
  #columns: Vector[][] = [];
  readonly #dictionaries = new Map<bigint, readonly Vector[]>();

  add(message: Message): void {
    if (message.kind === 'schema') {
      if (this.#schema) throw damaged('a second schema');
      this.#schema = message.schema;
      this.#columns = message.schema.fields.map(() => []);
      return;
    }
    if (message.kind === 'other') return;
    if (!this.#schema) throw notArrow();
    const reader = new BatchReader(message.batch, message.body, (id) => this.#dictionaries.get(id) ?? []);
    if (message.kind === 'dictionary') {
      const field = fieldOf(this.#schema.fields, message.id);
      if (!field) return;
      const part = reader.vector(field, true);
      // A delta goes behind what stands; anything else replaces it, for the batches that follow.
      this.#dictionaries.set(message.id, message.delta ? [...this.#dictionaries.get(message.id) ?? [], part] : [part]);
      return;
    }
    const { rows } = message.batch;
    this.#schema.fields.forEach((field, i) => {
      const vector = reader.vector(field);
      if (vector.length !== rows) throw damaged(`the column '${field.name}' has ${vector.length} of ${rows} rows`);
      this.#columns[i].push(vector);
    });
    this.rows += rows;
    if (this.rows > 0xffffffff) throw dataError('TOO_LARGE', 'the Arrow data has more than 2^32 rows: split it');
  }

  finish(): TableData {
    if (!this.#schema) throw notArrow();
    const { rows } = this;
    return { rows, columns: this.#schema.fields.map((field, i) => columnOf(field, this.#columns[i], rows)) };
  }
}

function fieldOf(fields: readonly ArrowField[], id: bigint): ArrowField | undefined {
  for (const field of fields) {
    if (field.dictionary?.id === id) return field;
    const inside = fieldOf(field.children, id);
    if (inside) return inside;
  }
  return undefined;
}

const isText = ({ type }: ArrowField): boolean => type.id === 'utf8' || type.id === 'utf8View';
const isNested = ({ type }: ArrowField): boolean => type.id === 'list' || type.id === 'fixedList' || type.id === 'struct' || type.id === 'map';

function columnOf(field: ArrowField, vectors: readonly Vector[], rows: number): ColumnData {
  const { name } = field;
  const given = vectors.length > 0 ? vectors : [emptyVector(field)];
  if (field.dictionary && isText(field) && !field.json) return dictionaryColumn(given, name);
  const column = concatColumns(given.map((vector) => partOf(vector, name)), rows);
  if (column.type === 'json' && !isNested(field)) checkJson(column);
  return column;
}

function partOf(vector: Vector, name: string): ColumnData {
  const { field, dictionary, length } = vector;
  if (isNested(field)) {
    const text = jsonOf(vector), validity = validityOf(vector);
    return { name, type: 'json', length, values: { kind: 'strings', strings: Array.from({ length }, (_, row) => (isSet(vector, row) ? text(row) : '')) }, ...(validity && { validity }) };
  }
  if (!dictionary) return leafColumn(vector, name);
  const parts = dictionary.length > 0 ? dictionary : [emptyVector(field)];
  return spread(vector, concatColumns(parts.map((part) => leafColumn(part, name)), parts.reduce((sum, part) => sum + part.length, 0)), name);
}

/** No row of a column: of a table without batches, a dictionary that never came. */
function emptyVector(field: ArrowField): Vector {
  return { field, length: 0, data: new Uint8Array(0), offsets: new Int32Array(1), texts: [], children: field.children.map(emptyVector), ...(field.dictionary && { dictionary: [] }) };
}

/** Another's JSON is read once, so that nobody meets what is none later. */
function checkJson({ name, values, validity }: ColumnData): void {
  if (values.kind !== 'strings') return;
  const texts = decodeStrings(values.strings);
  for (let row = 0; row < texts.length; row++) {
    if (validity && !getBit(validity, row)) continue;
    try {
      JSON.parse(texts[row]);
    } catch (cause) {
      throw dataError('PARSE', `row ${row} of the column '${name}' is no JSON (${(cause as Error).message}): mend it, or write the column as plain text`, { row, field: name });
    }
  }
}
