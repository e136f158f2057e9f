/** The JavaScript engine on tables of every type, against naive references. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createJsEngine } from '../../../js/dist/services/data/js-engine.js';
import { aggregate, compareText, identity, same } from './naive.mjs';
import { column, columnOf, dataOf, plain, table, TYPES, valuesOf } from './js-engine.samples.mjs';

/** An expression of the stand-in names a bool column: its true rows pass. */
const parts = {
  compileExpression: (text, schema) => ({
    filter: (view, rows) => {
      const place = schema.findIndex(({ name }) => name === text);
      const { values, validity } = view.column(place);
      return Uint8Array.from({ length: (rows + 7) >> 3 }, (_, i) => values.bits[i] & (validity?.[i] ?? 255));
    },
  }),
  createTextReader: () => {
    let rows = 0;
    return { push: (bytes) => { rows += bytes.length; }, finish: () => ({ rows, columns: [column('x', 'i32', Array(rows).fill(7))] }), cancel: () => { rows = 0; }, get rows() { return rows; } };
  },
  applyStep: ({ column: place }, view) => {
    const data = view.column(place);
    return { ...data, values: { kind: 'f64', values: Float64Array.from(valuesOf(data), (value) => value * 2) }, type: 'f64' };
  },
};
const engineOf = () => createJsEngine(parts);
const read = (engine, id) => engine.schema(id).map((_, place) => valuesOf(engine.export(id, place)));

function equal(actual, expected, context = '') {
  assert.equal(actual.length, expected.length, `${context} rows`);
  expected.forEach((value, i) => assert.ok(same(actual[i], value), `${context} row ${i}: ${String(actual[i])} where ${String(value)} is right`));
}
function equalColumns(actual, expected) {
  assert.equal(actual.length, expected.length, 'columns');
  expected.forEach((values, place) => equal(actual[place], values, `column ${place}`));
}
const pick = (columns, rows) => columns.map((source) => rows.map((row) => (row === null ? null : plain(source)[row])));

describe('tables', () => {
  test('columns come out as they went in, of every type and form', () => {
    fc.assert(fc.property(table(['a', 'b', 'c']), (source) => {
      const engine = engineOf();
      const id = engine.open(dataOf(source));
      assert.equal(engine.rows(id), source.rows);
      assert.deepEqual(engine.schema(id), source.columns.map(({ name, type }) => ({ name, type })));
      equalColumns(read(engine, id), source.columns.map(plain));
      equalColumns(source.columns.map((_, place) => valuesOf(engine.export(id, place))), source.columns.map(plain));
      // The loops' own form and back.
      const sorted = engine.sort(id, []);
      equalColumns(read(engine, sorted), source.columns.map(plain));
    }));
  });

  test('slice, select and new columns share what did not change; what is exported is a copy', () => {
    fc.assert(fc.property(table(['a', 'b', 'c'], 20), fc.nat(20), fc.nat(20), (source, x, y) => {
      const engine = engineOf();
      const [from, to] = [Math.min(x, y, source.rows), Math.min(Math.max(x, y), source.rows)];
      const id = engine.open(dataOf(source));
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const cut = engine.slice(id, from, to);
      equalColumns(read(engine, cut), pick(source.columns, rows));
      const some = engine.select(cut, [{ column: 2, name: 'z' }, { column: 0, name: 'a' }]);
      equalColumns(read(engine, some), pick([source.columns[2], source.columns[0]], rows));
      assert.deepEqual(engine.schema(some).map(({ name }) => name), ['z', 'a']);
      const more = engine.withColumns(id, [column('b', 'i32', Array(source.rows).fill(4)), column('new', 'bool', Array(source.rows).fill(true))]);
      assert.deepEqual(engine.schema(more).map(({ name }) => name), ['a', 'b', 'c', 'new']);
      equalColumns(read(engine, more), [plain(source.columns[0]), Array(source.rows).fill(4), plain(source.columns[2]), Array(source.rows).fill(true)]);
      const { values } = engine.export(more, 1);
      values.values.fill(9);
      equal(valuesOf(engine.export(more, 1)), Array(source.rows).fill(4));
    }));
  });

  test('memory is counted while tables live, once where they share', () => {
    const engine = engineOf();
    assert.equal(engine.memoryBytes(), 0);
    const id = engine.open({ rows: 1000, columns: [column('x', 'f64', Array(1000).fill(1)), column('t', 'utf8', Array(1000).fill('abc'), 'dictionary')] });
    const before = engine.memoryBytes();
    assert.ok(before >= 9000 && before < 20_000, String(before));
    const other = engine.select(id, [{ column: 0, name: 'y' }]);
    assert.equal(engine.memoryBytes(), before);
    assert.equal(engine.tableBytes([other]), 8000);
    engine.free(id);
    assert.equal(engine.memoryBytes(), 8000);
    assert.throws(() => engine.rows(id), { code: 'DISPOSED' });
    engine.dispose();
    assert.equal(engine.memoryBytes(), 0);
  });

  test('readers, transforms and filters run the parts they were given', () => {
    const engine = engineOf();
    const reader = engine.reader('csv', {});
    reader.push(new Uint8Array(3));
    assert.equal(reader.rows, 3);
    const id = reader.finish();
    const twice = engine.transform(id, { column: 0, operation: 'double', as: 'y', args: {} });
    assert.deepEqual(engine.schema(twice), [{ name: 'x', type: 'i32' }, { name: 'y', type: 'f64' }]);
    equal(valuesOf(engine.export(twice, 1)), [14, 14, 14]);
    fc.assert(fc.property(table(['a', 'b']), fc.array(fc.option(fc.boolean(), { nil: null }), { minLength: 30, maxLength: 30 }), (source, flags) => {
      const on = { name: 'on', type: 'bool', values: flags.slice(0, source.rows) };
      const full = { ...source, columns: [...source.columns, on] };
      const open = engine.open(dataOf(full));
      const rows = on.values.flatMap((flag, row) => (flag ? [row] : []));
      equalColumns(read(engine, engine.filter(open, 'on')), pick(full.columns, rows));
    }));
  });

  test('memory that the host refuses is OUT_OF_MEMORY', () => {
    const engine = createJsEngine({ ...parts, applyStep: () => ({ values: new Float64Array(2 ** 52) }) });
    const id = engine.open({ rows: 1, columns: [column('x', 'i32', [1])] });
    assert.throws(() => engine.transform(id, { column: 0, operation: 'x', as: 'y', args: {} }), { code: 'OUT_OF_MEMORY' });
  });
});

const ANY = ['count', 'countDistinct', 'first', 'last', 'mode', 'list'];
const ORDERED = [...ANY, 'min', 'max'];
const NUMBER = [...ORDERED, 'sum', 'avg', 'median', 'quantile', 'stddev', 'variance'];
const OPERATIONS = { f64: NUMBER, i32: NUMBER, i64: [...ORDERED, 'sum', 'avg', 'median'], bool: [...ORDERED, 'sum', 'avg'], utf8: ORDERED, timestamp: ORDERED, json: ANY };

describe('aggregate', () => {
  test('any table, any keys, every operation, with and without a mask', () => {
    fc.assert(fc.property(table(['a', 'b', 'v', 'w']), fc.subarray([0, 1]), fc.option(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 })), (source, groupBy, mask) => {
      const { type } = source.columns[2];
      const steps = [{ field: '*', operation: 'count', alias: 'rows', column: -1 }, ...OPERATIONS[type].map((operation) => ({ field: 2, operation, alias: operation, column: 2, q: 0.7 }))];
      if (type === 'f64' && source.columns[3].type === 'f64') steps.push({ field: 2, operation: 'correlation', alias: 'r', column: 2, with: 3 });
      const columns = [...source.columns, { name: 'on', type: 'bool', values: (mask ?? Array(30).fill(true)).slice(0, source.rows) }];
      const engine = engineOf();
      const id = engine.open(dataOf({ rows: source.rows, columns }));
      const result = engine.aggregate(id, { groupBy, operations: steps, ...(mask && { where: 'on' }) });
      const values = columns.map(plain);
      const rows = Array.from({ length: source.rows }, (_, i) => i).filter((i) => values[4][i]);
      const expected = aggregate(rows, { groupBy, operations: steps }, (row, place) => values[place][row]);
      const actual = read(engine, result);
      assert.equal(engine.rows(result), expected.length);
      expected.forEach((pairs, group) => pairs.forEach(([name, value], place) =>
        assert.ok(same(actual[place][group], value), `${type}, group ${group}, ${name}: ${String(actual[place][group])} where ${String(value)} is right`)));
      // A result is a table like others.
      equalColumns(read(engine, engine.sort(result, [])), actual);
      const texts = (lists) => lists.map((list) => list.map(identity).toSorted());
      assert.deepEqual(texts(read(engine, engine.sort(result, [{ column: 0, descending: true }]))), texts(actual));
    }), { numRuns: 600 });
  });

  test('lists are JSON text as JSON.stringify writes it', () => {
    const engine = engineOf();
    const text = (type, values, form) => {
      const id = engine.open({ rows: values.length, columns: [column('v', type, values, form)] });
      return engine.export(engine.aggregate(id, { groupBy: [], operations: [{ operation: 'list', column: 0, alias: 'l' }] }), 0).values.strings[0];
    };
    assert.equal(text('f64', [1.5, NaN, -0, 1e21, null]), '[1.5,null,0,1e+21,null]');
    assert.equal(text('i64', [2n ** 60n, -1n]), '[1152921504606846976,-1]');
    assert.equal(text('timestamp', [new Date(0), null]), '["1970-01-01T00:00:00.000Z",null]');
    assert.equal(text('utf8', ['a"b', '\uD83D', null], 'dictionary'), '["a\\"b","\\ud83d",null]');
    assert.equal(text('json', [{ a: [1] }, null]), '[{"a":[1]},null]');
    assert.equal(text('bool', [true, false]), '[true,false]');
  });
});

describe('sort', () => {
  const order = (type, a, b) => (type === 'utf8' || type === 'json' ? compareText(a, b) : Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : a < b ? -1 : a > b ? 1 : 0);
  const keyValues = ({ type, values }) => values.map((value) => (value === null ? null : type === 'json' ? JSON.stringify(value) : value));

  test('several keys, stable, nulls last, NaN after numbers, text by code point', () => {
    fc.assert(fc.property(table(['a', 'b', 'c'], 60), fc.shuffledSubarray([0, 1, 2]), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (source, places, descending) => {
      const keys = places.map((place) => ({ column: place, descending: descending[place] }));
      const lists = source.columns.map(keyValues);
      const rows = Array.from({ length: source.rows }, (_, i) => i).sort((x, y) => {
        for (const key of keys) {
          const [a, b] = [lists[key.column][x], lists[key.column][y]];
          if (a === null || b === null) {
            if (a !== b) return a === null ? 1 : -1;
            continue;
          }
          const by = order(source.columns[key.column].type, a, b);
          if (by !== 0) return key.descending ? -by : by;
        }
        return x - y;
      });
      const engine = engineOf();
      equalColumns(read(engine, engine.sort(engine.open(dataOf(source)), keys)), pick(source.columns, rows));
    }), { numRuns: 400 });
  });

  test('numbers of every size, in both directions', () => {
    const values = [1, -1, 0, 1e300, -1e300, 5e-324, -5e-324, Infinity, -Infinity, 2 ** 31, 123456.789, -2147483649, 1e-7];
    const engine = engineOf();
    const id = engine.open({ rows: values.length, columns: [column('x', 'f64', values)] });
    for (const descending of [false, true]) {
      equal(valuesOf(engine.export(engine.sort(id, [{ column: 0, descending }]), 0)), values.toSorted((a, b) => (descending ? b - a || 0 : a - b || 0)));
    }
  });
});

describe('join', () => {
  const HOWS = ['inner', 'left', 'right', 'full', 'semi', 'anti'];
  const number = ['f64', 'i32', 'i64'];
  /** Both sides' keys of types that can be compared. */
  const tables = fc.constantFrom(...TYPES).chain((first) => {
    const types = number.includes(first) ? number : [first];
    const side = (name) => fc.nat(12).chain((rows) => fc.tuple(columnOf('k', rows, types), columnOf('j', rows, ['utf8']), columnOf(name, rows)).map((columns) => ({ rows, columns })));
    return fc.tuple(side('v'), side('w'));
  });
  const exact = (value) => (value === null || value === undefined ? null : typeof value === 'number' && Number.isInteger(value) ? `number ${BigInt(value)}` : identity(value));

  test('every kind, one key and two, of every type', () => {
    fc.assert(fc.property(tables, fc.constantFrom(...HOWS), fc.boolean(), ([left, right], how, two) => {
      const on = two ? [[0, 0], [1, 1]] : [[0, 0]];
      const plan = { on, how, right: [{ column: 2, name: 'w' }, { column: 1, name: 'j_right' }] };
      const matches = (l, r) => on.every(([a, b]) => exact(left.columns[a].values[l]) !== null && exact(left.columns[a].values[l]) === exact(right.columns[b].values[r]));
      const rights = Array.from({ length: right.rows }, (_, r) => r);
      const pairs = [];
      for (let l = 0; l < left.rows; l++) {
        const found = rights.filter((r) => matches(l, r));
        if (how === 'semi' || how === 'anti') { if ((found.length > 0) === (how === 'semi')) pairs.push([l, null]); continue; }
        for (const r of found) pairs.push([l, r]);
        if (found.length === 0 && (how === 'left' || how === 'full')) pairs.push([l, null]);
      }
      if (how === 'right' || how === 'full') for (const r of rights) if (!pairs.some(([, other]) => other === r)) pairs.push([null, r]);
      const engine = engineOf();
      const id = engine.join(engine.open(dataOf(left)), engine.open(dataOf(right)), plan);
      const keys = left.columns.map((source, place) => pairs.map(([l, r]) => {
        const key = on.find(([a]) => a === place);
        return l === null ? (key ? plain(right.columns[key[1]])[r] : null) : plain(source)[l];
      }));
      const taken = how === 'semi' || how === 'anti' ? [] : plan.right.map(({ column: place }) => pairs.map(([, r]) => (r === null ? null : plain(right.columns[place])[r])));
      const type = engine.schema(id)[0].type;
      // A key of both types is the nearest double where one side has doubles.
      if (type === 'f64') keys[0] = keys[0].map((value) => (value === null ? null : Number(value)));
      equalColumns(read(engine, id), [...keys, ...taken]);
    }), { numRuns: 500 });
  });

  test('keys of text and of numbers can not be compared', () => {
    const engine = engineOf();
    const id = engine.open({ rows: 1, columns: [column('k', 'utf8', ['1']), column('n', 'i32', [1]), column('b', 'bool', [true])] });
    for (const [l, r] of [[0, 1], [1, 0], [1, 2]]) assert.throws(() => engine.join(id, id, { on: [[l, r]], how: 'inner', right: [] }), { code: 'INVALID_ARGUMENT' });
  });

  test('whole numbers past 2^53 match by their exact value', () => {
    const engine = engineOf();
    const big = engine.open({ rows: 3, columns: [column('k', 'i64', [2n ** 53n, 2n ** 53n + 1n, 2n ** 60n])] });
    const double = engine.open({ rows: 3, columns: [column('k', 'f64', [2 ** 53, 2 ** 60, NaN]), column('v', 'i32', [1, 2, 3])] });
    const joined = engine.join(big, double, { on: [[0, 0]], how: 'left', right: [{ column: 1, name: 'v' }] });
    equal(valuesOf(engine.export(joined, 1)), [1, null, 2]);
  });
});
