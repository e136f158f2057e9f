/** Lists, structs and maps as JSON text, a value at a time. */
import { indices } from './dictionary.js';
import { damaged } from './errors.js';
import { leafColumn } from './leaf.js';
import { decodeStrings } from '../strings.js';
import { isSet, type Vector } from './vectors.js';

/** The JSON of one row. */
type Text = (row: number) => string;

/** @returns JSON text by row, 'null' where there is no value. A map whose keys are text is an object, another one a list of pairs. */
export function jsonOf(vector: Vector, values = false): Text {
  const { field, children, offsets } = vector;
  const text = vector.dictionary && !values ? codedJson(vector) : valueText();
  return (row) => (isSet(vector, row) ? text(row) : 'null');

  function valueText(): Text {
    switch (field.type.id) {
      case 'null': return () => 'null';
      case 'list': { const item = jsonOf(children[0]); return (row) => list(item, offsets![row], offsets![row + 1]); }
      case 'fixedList': { const item = jsonOf(children[0]), { size } = field.type; return (row) => list(item, row * size, (row + 1) * size); }
      case 'struct': {
        const parts = children.map((child) => ({ key: JSON.stringify(child.field.name), value: jsonOf(child) }));
        return (row) => `{${parts.map(({ key, value }) => `${key}:${value(row)}`).join(',')}}`;
      }
      case 'map': return mapText();
      default: return leafText(vector);
    }
  }

  function mapText(): Text {
    const [entries] = children, [keys, items] = entries.children, key = jsonOf(keys), value = jsonOf(items);
    const { type } = keys.field, named = type.id === 'utf8' || type.id === 'utf8View';
    return (row) => {
      const pairs: string[] = [];
      for (let i = offsets![row]; i < offsets![row + 1]; i++) pairs.push(named && isSet(keys, i) ? `${key(i)}:${value(i)}` : `[${key(i)},${value(i)}]`);
      return named ? `{${pairs.join(',')}}` : `[${pairs.join(',')}]`;
    };
  }
}

function list(item: Text, from: number, to: number): string {
  let text = '[';
  for (let i = from; i < to; i++) text += i === from ? item(i) : `,${item(i)}`;
  return `${text}]`;
}

function codedJson(vector: Vector): Text {
  const places = indices(vector), parts = vector.dictionary!.map((part) => ({ length: part.length, text: jsonOf(part, true) }));
  return (row) => {
    let place = places[row];
    for (const { length, text } of parts) {
      if (place < 0) break;
      if (place < length) return text(place);
      place -= length;
    }
    throw damaged(`a part of a column points outside of its dictionary`);
  };
}

const finite = (value: number): string => (Number.isFinite(value) ? String(value) : 'null');

function leafText(vector: Vector): Text {
  const { values, type } = leafColumn(vector, vector.field.name);
  switch (values.kind) {
    case 'f64': { const { values: numbers } = values; return (row) => finite(numbers[row]); }
    case 'i32': { const { values: numbers } = values; return (row) => String(numbers[row]); }
    case 'i64': {
      const { values: wide } = values;
      if (type !== 'timestamp') return (row) => String(wide[row]);
      return (row) => { const date = new Date(Number(wide[row])); return Number.isNaN(date.getTime()) ? 'null' : `"${date.toISOString()}"`; };
    }
    case 'bool': { const { bits } = values; return (row) => String((bits[row >>> 3] >>> (row & 7) & 1) === 1); }
    case 'strings': { const texts = decodeStrings(values.strings), { json } = vector.field; return (row) => (json ? texts[row] : JSON.stringify(texts[row])); }
    case 'dictionary': return () => 'null';
  }
}
