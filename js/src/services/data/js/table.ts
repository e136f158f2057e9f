/** Tables of the JavaScript engine: columns in the form they came in and in the form that loops read, each made from the other when asked for. */
import type { ColumnData, ColumnValues, StringList } from '../columns.js';
import type { ColumnType } from '../types.js';
import { decodeStrings } from '../strings.js';
import { type Column, columnOf, dataOf } from './column.js';

/** A column of a table. Immutable; tables share it. */
export class HeldColumn {
  #data: ColumnData | undefined;
  #column: Column | undefined;
  readonly type: ColumnType;
  readonly length: number;

  constructor(source: { data: ColumnData } | { column: Column }) {
    if ('data' in source) this.#data = source.data;
    else this.#column = source.column;
    ({ type: this.type, length: this.length } = 'data' in source ? source.data : source.column);
  }

  get column(): Column {
    return (this.#column ??= columnOf(this.#decoded()));
  }

  /** Shared, not copied. Strings are JavaScript's: each was decoded once. */
  data(name: string): ColumnData {
    const data = this.#data ? this.#decoded() : (this.#data = dataOf(this.#column!, name));
    return data.name === name ? data : { ...data, name };
  }

  #decoded(): ColumnData {
    const { values } = this.#data!;
    if (values.kind === 'strings' && 'offsets' in values.strings) this.#data = { ...this.#data!, values: { kind: 'strings', strings: decodeStrings(values.strings) } };
    if (values.kind === 'dictionary' && 'offsets' in values.dictionary) this.#data = { ...this.#data!, values: { ...values, dictionary: decodeStrings(values.dictionary) } };
    return this.#data!;
  }

  /** Its own copy, as it leaves the engine. */
  copy(name: string): ColumnData {
    const data = this.data(name);
    return { ...data, values: copyValues(data.values), ...(data.validity && { validity: data.validity.slice() }) };
  }

  /** Every buffer that it holds. */
  buffers(seen: Map<object, number>): void {
    const note = (held: object, bytes: number): unknown => seen.set(held, bytes);
    // A view keeps all of its buffer.
    const view = ({ buffer }: ArrayBufferView): unknown => note(buffer, buffer.byteLength);
    const strings = (list: StringList): void => {
      if ('offsets' in list) { view(list.offsets); view(list.bytes); } else if (!seen.has(list)) note(list, textBytes(list));
    };
    for (const values of [this.#data?.values, this.#column?.body]) {
      if (!values) continue;
      if ('values' in values && ArrayBuffer.isView(values.values)) view(values.values);
      if ('values' in values && Array.isArray(values.values)) strings(values.values as readonly string[]);
      if ('bits' in values) view(values.bits);
      if ('codes' in values) view(values.codes);
      if ('dictionary' in values) strings(values.dictionary);
      if ('strings' in values) strings(values.strings);
      if ('lists' in values) view(values.lists.rows);
    }
    for (const bytes of [this.#data?.validity, this.#column?.valid]) if (bytes) view(bytes);
  }
}

/** As V8 holds them: a reference, and a byte a character of Latin-1 text. */
function textBytes(texts: readonly string[]): number {
  let bytes = texts.length * 8;
  for (const text of texts) bytes += text.length;
  return bytes;
}

function copyValues(values: ColumnValues): ColumnValues {
  switch (values.kind) {
    case 'f64': return { kind: 'f64', values: values.values.slice() };
    case 'i64': return { kind: 'i64', values: values.values.slice() };
    case 'i32': return { kind: 'i32', values: values.values.slice() };
    case 'bool': return { kind: 'bool', bits: values.bits.slice() };
    // Strings do not change, and the lists are nobody's to change.
    case 'strings': return values;
    case 'dictionary': return { ...values, codes: values.codes.slice() };
  }
}

export interface JsTable { rows: number; names: readonly string[]; columns: readonly HeldColumn[] }

/** What expressions and transforms read. */
export interface TableView { readonly rows: number; column(place: number): ColumnData }

export function viewOf({ rows, names, columns }: JsTable): TableView {
  return { rows, column: (place) => columns[place].data(names[place]) };
}

export function tableBytes(tables: Iterable<JsTable>): number {
  const seen = new Map<object, number>();
  for (const { columns } of tables) for (const column of columns) column.buffers(seen);
  let bytes = 0;
  for (const size of seen.values()) bytes += size;
  return bytes;
}
