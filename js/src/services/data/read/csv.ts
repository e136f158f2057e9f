/** CSV, pushed piece by piece, as a table. */
import type { TableData } from '../columns.js';
import type { ReadOptions } from '../engine.js';
import { dataError, invalid } from '../errors.js';
import { Cells, DOUBLED, PLACE } from './cells.js';
import { CsvColumn } from './csv-column.js';
import { CANDIDATES, COMMA, EndOfRecord, Finder, NEWLINE, Records, RETURN, sniff } from './csv-records.js';
import { Carry, checkRows, type TextParser } from './parser.js';
import { wanted } from './typed.js';
import { decode, encode, shown } from './utf8.js';

/** Records that are found before their cells are read, column by column. */
const BATCH = 512;
/** Cells of a batch, where there are many columns. */
const CELLS = 1 << 14;
const QUOTE = '"';

export class CsvParser implements TextParser {
  rows = 0;
  #finder: Finder;
  /** The delimiter is settled; until then `carry` collects the first record. */
  #settled: boolean;
  /** A record that is not complete yet, and the search for its end. */
  #carry = new Carry();
  #end = new EndOfRecord();
  #records = new Records();
  /** Records whose fields were mended, filled or left out. */
  #even = new Records();
  #cells: Cells;
  #columns: CsvColumn[] = [];
  #begun = false;

  constructor(private readonly options: ReadOptions) {
    this.#finder = new Finder(options.delimiter === undefined ? COMMA : options.delimiter.charCodeAt(0));
    this.#settled = options.delimiter !== undefined;
    this.#cells = new Cells((options.nulls ?? []).map(encode));
  }

  push(data: Uint8Array): void {
    if (!this.#settled) { this.#pushFirst(data); return; }
    if (this.#carry.length > 0) {
      const at = this.#end.find(data, 0, [this.#finder.delimiter]);
      if (at < 0) { this.#keep(data); return; }
      this.#keep(data.subarray(0, at + 1));
      this.#read(this.#carry.take(), false);
      data = data.subarray(at + 1);
    }
    const rest = data.subarray(this.#read(data, false));
    this.#end.reset();
    this.#end.find(rest, 0, [this.#finder.delimiter]);
    this.#keep(rest);
  }

  #pushFirst(data: Uint8Array): void {
    const finder = this.#finder;
    let from = 0;
    // Lines without anything say nothing about the delimiter.
    for (; this.#carry.length === 0 && from < data.length && (data[from] === NEWLINE || data[from] === RETURN); from++) {
      if (!(data[from] === NEWLINE && finder.afterReturn)) finder.line++;
      finder.afterReturn = data[from] === RETURN;
    }
    if (from === data.length) return;
    const at = this.#end.find(data, from, CANDIDATES), had = this.#carry.length - from;
    this.#keep(data.subarray(from));
    if (at < 0) return;
    const text = this.#carry.take();
    this.#settle(text.subarray(0, had + at));
    this.push(text);
  }

  #settle(record: Uint8Array): void {
    this.#finder.delimiter = sniff(record);
    this.#settled = true;
    this.#end.reset();
  }

  #keep(data: Uint8Array): void { this.#carry.add(data, this.#finder.line); }

  /** The text is over. */
  end(): void {
    const rest = this.#carry.take();
    if (!this.#settled) this.#settle(rest);
    this.#read(rest, true);
  }

  /** Reads the complete records of `data`; returns where the incomplete one begins. */
  #read(data: Uint8Array, last: boolean): number {
    for (let at = 0; ;) {
      const records = this.#records;
      records.clear();
      // One record first, which says how many fields there are; then as many as make a batch of some thousand cells.
      const most = this.#begun ? Math.min(BATCH, Math.max(16, Math.trunc(CELLS / this.#columns.length))) : 1;
      const next = this.#finder.find(data, at, most, last, records);
      // What was found before an error comes first: an error in it stands earlier in the text.
      this.#take(data, records);
      if (this.#finder.error) throw this.#finder.error;
      if (records.count < most || next === data.length) return next;
      at = next;
    }
  }

  /** Gives the cells of the records to their columns. */
  #take(data: Uint8Array, records: Records): void {
    let record = 0, first = 0;
    while (!this.#begun && record < records.count) {
      const end = records.recordEnds[record];
      if (isBlank(records, first, end)) {
        record++;
        first = end;
        continue;
      }
      this.#begin(data, records, first, end);
      if (this.options.header !== false) {
        record++;
        first = end;
      }
    }
    if (!this.#begun) return;
    const columns = this.#columns.length;
    // Most batches are as they should be: every record has its fields.
    let even = true;
    for (let i = record; i < records.count && even; i++) even = records.recordEnds[i] === first + (i - record + 1) * columns;
    if (even) { this.#append(data, records, first, record, records.count - record); return; }
    const mended = this.#even;
    mended.clear();
    let wrong: Error | undefined;
    for (; record < records.count && !wrong; record++) {
      const end = records.recordEnds[record], fields = end - first;
      if (fields !== columns && !isBlank(records, first, end) && (this.options.ragged ?? 'error') === 'error') {
        wrong = this.#ragged(records.lines[record], fields);
      } else if (fields === columns || (this.options.ragged === 'fill' && !isBlank(records, first, end))) {
        for (let i = 0; i < columns; i++) if (i < fields) mended.add(records.starts[first + i], records.ends[first + i]); else mended.add(0, 0);
        mended.endRecord(records.lines[record]);
      }
      first = end;
    }
    this.#append(data, mended, 0, 0, mended.count);
    if (wrong) throw wrong;
  }

  #append(data: Uint8Array, records: Records, first: number, record: number, rows: number): void {
    checkRows(this.rows + rows);
    const cells = this.#cells, columns = this.#columns.length;
    cells.data = data;
    cells.starts = records.starts;
    cells.ends = records.ends;
    cells.first = first;
    cells.columns = columns;
    cells.rows = rows;
    let wrong = -1;
    for (let column = 0; column < columns; column++) {
      cells.column = column;
      const row = this.#columns[column].append(cells);
      // Only what stands above can be told instead.
      if (row >= 0) { wrong = column; cells.rows = row; }
    }
    if (wrong >= 0) {
      const { name, type } = this.#columns[wrong];
      cells.column = wrong;
      cells.at(cells.rows);
      const text = shown(cells.text, cells.start, cells.end);
      throw dataError('PARSE', `line ${records.lines[record + cells.rows]}: '${text}' in column '${name}' is not ${wanted(type)}, which the schema asks for: mend it, name it in nulls, or ask for 'utf8'`);
    }
    this.rows += rows;
  }

  #ragged(line: number, fields: number): Error {
    const first = this.options.header === false ? 'the first line' : 'the header';
    return dataError('PARSE', `line ${line}: ${fields} field${fields === 1 ? '' : 's'} where ${first} has ${this.#columns.length}: mend the line, or load with ragged: 'fill' (nulls for what is missing, what is over dropped) or ragged: 'skip' (without such lines)`);
  }

  /** The first record makes the columns. */
  #begin(data: Uint8Array, records: Records, first: number, end: number): void {
    this.#begun = true;
    const given: string[] = [];
    for (let span = first; span < end; span++) {
      let text = '';
      if (this.options.header !== false) {
        text = decode(data, records.starts[span], records.ends[span] & PLACE);
        if (records.ends[span] & DOUBLED) text = text.replaceAll('""', QUOTE);
      }
      given.push(text === '' ? `column${given.length + 1}` : text);
    }
    this.#columns = unique(given).map((name) => new CsvColumn(name, this.#typeOf(name)));
    const names = new Set(this.#columns.map(({ name }) => name));
    for (const name of Object.keys(this.options.schema ?? {})) {
      if (!names.has(name)) throw invalid(`schema names column '${name}', which the text does not have: it has ${[...names].slice(0, 20).join(', ')}${names.size > 20 ? ', …' : ''}`);
    }
  }

  #typeOf(name: string): CsvColumn['type'] {
    const { schema } = this.options;
    return schema && Object.hasOwn(schema, name) ? schema[name] : undefined;
  }

  table(): TableData {
    // Nothing at all: the columns that were asked for, without rows.
    if (!this.#begun) this.#columns = Object.keys(this.options.schema ?? {}).map((name) => new CsvColumn(name, this.#typeOf(name)));
    return { rows: this.rows, columns: this.#columns.map((column) => column.finish()) };
  }
}

/** A line without anything in it. */
const isBlank = (records: Records, first: number, end: number): boolean => end - first === 1 && records.starts[first] === records.ends[first];

/** Names that are all different: the second `a` is `a_2`, or the next number that no column has. */
function unique(given: readonly string[]): string[] {
  const all = new Set(given), taken = new Set<string>(), next = new Map<string, number>();
  return given.map((name) => {
    let own = name;
    if (taken.has(name)) {
      let number = next.get(name) ?? 2;
      do own = `${name}_${number++}`; while (taken.has(own) || all.has(own));
      next.set(name, number);
    }
    taken.add(own);
    return own;
  });
}
