/**
 * Rows of JSON: objects whose fields become columns. A row's values are noted as places in the data and read column by column, some hundred
 * rows at a time.
 */
import type { ColumnData } from '../columns.js';
import { dataError } from '../errors.js';
import type { ColumnType } from '../types.js';
import { called, JsonColumn, Tokens } from './json-column.js';
import { ESCAPED, Fault, minify, NESTED, type Source, STRING, unescape } from './json-text.js';
import { checkRows } from './parser.js';
import { wanted } from './typed.js';
import { decode, shown } from './utf8.js';

/** Rows that are noted before their columns are read. */
const BATCH = 512;
const QUOTE = 0x22, COMMA = 0x2c, OPEN = 0x7b, CLOSE = 0x7d;

class Field {
  readonly tokens = new Tokens();
  /** The key with its quotes, as it was written last. */
  written: Uint8Array = new Uint8Array(0);
  constructor(public column: JsonColumn) {}
}

/** Says where in the whole text a place of the data is. */
export type Place = (at: number) => string;

export class JsonRows {
  #fields: Field[] = [];
  #places = new Map<string, number>();
  /** The fields of the row before, in order: most rows are like it. */
  #order: number[] = [];
  // Rows whose columns were read, and rows that are noted.
  #done = 0;
  #noted = 0;

  constructor(private readonly schema: Readonly<Record<string, ColumnType>> = {}) {}

  get rows(): number { return this.#done + this.#noted; }
  get isFull(): boolean { return this.#noted >= BATCH; }
  get columns(): readonly JsonColumn[] { return this.#fields.map(({ column }) => column); }
  /** Values of the first column. */
  get firstLength(): number { return this.#fields[0]?.column.rows ?? 0; }

  /** Notes the row at `at`; returns the place behind it. What is noted of a row that is not whole is to be forgotten. @throws Fault */
  row(source: Source, at: number): number {
    const { data } = source;
    if (data[at] !== OPEN) throw new Fault(at, 'a row, which is an object', true);
    at = source.blank(at + 1);
    if (data[at] === CLOSE) {
      this.#noted++;
      return at + 1;
    }
    for (let place = 0; ; place++) {
      const field = this.#fieldAt(data, at, place);
      let index: number;
      if (field >= 0) {
        index = field;
        at += this.#fields[field].written.length;
      } else {
        index = this.#otherKey(source, at, place);
        at = this.#behindKey;
      }
      at = source.blank(source.value(source.blank(source.colon(at)), 1));
      const { tokens } = this.#fields[index];
      // A key that comes twice in a row: the last one counts.
      if (tokens.count !== this.#noted) tokens.fit(this.#noted);
      tokens.add(source.kind, source.start, source.end);
      const next = data[at];
      if (next === COMMA) {
        at = source.blank(at + 1);
      } else if (next === CLOSE) {
        this.#noted++;
        return at + 1;
      } else {
        throw new Fault(at, "',' or '}'", true);
      }
    }
  }

  /** The field of the key at `at` if it is that of the row before, else -1. */
  #fieldAt(data: Uint8Array, at: number, place: number): number {
    if (place >= this.#order.length) return -1;
    const guess = this.#order[place], { written } = this.#fields[guess];
    for (let i = 0; i < written.length; i++) if (data[at + i] !== written[i]) return -1;
    return guess;
  }

  #behindKey = 0;
  #otherKey(source: Source, at: number, place: number): number {
    const name = keyName(source, at), end = this.#behindKey = source.end + 1;
    // A key is a key where a colon follows.
    source.colon(end);
    const field = this.#places.get(name) ?? this.#add(name);
    this.#fields[field].written = source.data.slice(at, end);
    this.#order.length = place;
    this.#order.push(field);
    return field;
  }

  #add(name: string): number {
    const type = Object.hasOwn(this.schema, name) ? this.schema[name] : undefined;
    this.#places.set(name, this.#fields.length);
    return this.#fields.push(new Field(new JsonColumn(name, type, this.#done))) - 1;
  }

  /** The field of a column that comes as an array, without what it held before. */
  renew(name: string): number {
    const known = this.#places.get(name);
    if (known === undefined) return this.#add(name);
    const { column } = this.#fields[known];
    this.#fields[known].column = new JsonColumn(name, column.type);
    return known;
  }

  /** Notes one value of a column that comes as an array. True: it is time to read what was noted. */
  noteElement(field: number, source: Source): boolean {
    const { tokens } = this.#fields[field];
    tokens.add(source.kind, source.start, source.end);
    return tokens.count >= BATCH;
  }

  /** Reads what was noted. @throws ServiceError PARSE, TOO_LARGE */
  flush(data: Uint8Array, place: Place): void {
    checkRows(this.rows);
    let wrong: Field | undefined, row = this.#noted;
    for (const field of this.#fields) {
      field.tokens.fit(this.#noted);
      const misfit = field.column.append(data, field.tokens, row);
      if (misfit >= 0) { wrong = field; row = misfit; }
    }
    if (wrong) throw this.#misfit(data, wrong, row, place);
    for (const { tokens } of this.#fields) tokens.count = 0;
    this.#done += this.#noted;
    this.#noted = 0;
  }

  /** Reads what was noted of one column. @throws ServiceError PARSE */
  flushElements(index: number, data: Uint8Array, place: Place): void {
    const field = this.#fields[index], misfit = field.column.append(data, field.tokens, field.tokens.count);
    if (misfit >= 0) throw this.#misfit(data, field, misfit, place);
    field.tokens.count = 0;
  }

  #misfit(data: Uint8Array, { column: { name, type, holds }, tokens }: Field, row: number, place: Place): Error {
    const kind = tokens.kinds[row], start = tokens.starts[row], end = tokens.ends[row];
    const where = place(kind === STRING || kind === ESCAPED ? start - 1 : start);
    if (holds !== undefined) return dataError('PARSE', `${where}: column '${name}' holds ${called(kind)} where rows before it hold ${holds}: pass schema: { '${name}': 'json' } to keep both`);
    const text = kind === ESCAPED ? unescape(data, start, end) : kind === NESTED ? minify(data, start, end) : data.subarray(start, end);
    return dataError('PARSE', `${where}: '${shown(text, 0, text.length)}' in column '${name}' is not ${wanted(type)}, which the schema asks for: mend it, or ask for 'utf8' or 'json'`);
  }

  /** Forgets what was noted of a row that is not whole. */
  forgetCut(): void {
    for (const { tokens } of this.#fields) if (tokens.count > this.#noted) tokens.count = this.#noted;
  }

  finish(rows: number): ColumnData[] {
    // The schema's columns that no row had: nulls.
    this.#done = rows;
    for (const name of Object.keys(this.schema)) if (!this.#places.has(name)) this.#add(name);
    return this.#fields.map(({ column }) => column.finish(rows));
  }
}

/** The name that the key at `at` says; `source.end` is the place of its closing quote. @throws Fault */
export function keyName(source: Source, at: number): string {
  if (source.data[at] !== QUOTE) throw new Fault(at, 'a key in quotes', true);
  source.kind = STRING;
  const end = source.end = source.string(at + 1);
  if ((source.kind as number) !== ESCAPED) return decode(source.data, at + 1, end);
  const text = unescape(source.data, at + 1, end);
  // Names are Unicode text, and two halves that became one sign would be one name.
  if (text.some((byte, i) => byte === 0xed && (text[i + 1] & 0xe0) === 0xa0)) throw new Fault(at, 'a key without halves of surrogate pairs', true);
  return decode(text);
}
