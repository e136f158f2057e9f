/** The expression language as users meet it: filters and computed columns, the same from rows, columns and tables; errors point at their place. */
import { asRows, columnsOf, pluck, sameRows, sameValues } from '../lib/data.mjs';

const D = (text) => new Date(text);
const ROWS = [
  { id: 1, name: 'Anna', price: 10, qty: 2, ok: true, at: D('2024-01-31T00:00:00Z'), ctx: { w: 1, tags: ['a', 'b'] } },
  { id: 2, name: 'bert', price: null, qty: 0, ok: false, at: null, ctx: { w: 20 } },
  { id: 3, name: null, price: 250.5, qty: 7, ok: null, at: D('1969-12-31T23:59:59Z'), ctx: null },
  { id: 4, name: 'Ärger', price: -3, qty: -4, ok: true, at: D('2024-06-01T12:00:00Z'), ctx: { w: 5, tags: [] } },
  { id: 5, name: "O'Neil", price: NaN, qty: 100, ok: false, at: D('2025-01-01T00:00:00Z'), ctx: { w: 1, tags: ['z'] } },
];

/** [expression, ids of the rows for which it holds] */
const FILTERS = [
  ['price > 10', [3]], ['price >= 10', [1, 3]], ['price < 0', [4]], ['price <= -3', [4]], ['price = 10', [1]], ['price == 10', [1]], ['price != 10', [3, 4, 5]], ['price <> 10', [3, 4, 5]], ['10 < price', [3]],
  ['price > 0 AND qty > 1', [1, 3]], ['price > 100 OR qty = 0', [2, 3]], ['NOT ok', [2, 5]], ['ok', [1, 4]], ['ok = true', [1, 4]], ['ok = false', [2, 5]], ['NOT (price > 0)', [4, 5]], ['not ok and qty > 1 or id = 1', [1, 5]], ['id = 1 OR id = 2 AND qty > 5', [1]], ['(id = 1 OR id = 2) AND qty < 1', [2]],
  ['price IS NULL', [2]], ['price IS NOT NULL', [1, 3, 4, 5]], ['name IS NULL OR price IS NULL', [2, 3]], ['ok IS NULL', [3]],
  ['id IN (1, 3, 99)', [1, 3]], ['id NOT IN (1, 3)', [2, 4, 5]], ["name IN ('Anna', 'bert')", [1, 2]], ['id BETWEEN 2 AND 4', [2, 3, 4]], ['id NOT BETWEEN 2 AND 4', [1, 5]], ['price BETWEEN -3 AND 10', [1, 4]],
  ["name LIKE 'A%'", [1]], ["name LIKE '_nna'", [1]], ["name LIKE '%e%'", [2, 4, 5]], ["name NOT LIKE '%e%'", [1]], ["name = 'Ärger'", [4]], ["name = 'O''Neil'", [5]], ["name < 'b'", [1, 5]], ["name > 'a'", [2, 4]], ["name != 'Anna'", [2, 4, 5]],
  ['qty + 1 > id', [1, 3, 5]], ['qty * 2 - id = 3', [1]], ['qty / 2 = 1', [1]], ['qty % 3 = 1', [3, 5]], ['-qty > 0', [4]], ['price + qty > 0', [1, 3]], ['id * -1 < -4', [5]], ['2 + 3 * 4 = 14', [1, 2, 3, 4, 5]], ['(2 + 3) * 4 = 20', [1, 2, 3, 4, 5]], ['1e3 = 1000', [1, 2, 3, 4, 5]],
  ['ctx.w = 1', [1, 5]], ["ctx.tags[0] = 'a'", [1]], ['ctx.w IS NULL', [3]], ['ctx.tags[0] IS NOT NULL', [1, 5]], ['ctx.nothing.here IS NULL', [1, 2, 3, 4, 5]],
  ['true', [1, 2, 3, 4, 5]], ['false', []], ['id > 0 AND true', [1, 2, 3, 4, 5]], ['price > 1000', []],
  ['CASE WHEN qty > 5 THEN true ELSE false END', [3, 5]], ['qty > 5 ? true : false', [3, 5]], ["(ok ? 'yes' : 'no') = 'yes'", [1, 4]],
];

const TRUTH = [
  ['null AND false is false, null AND true is null', 'NOT (price > 0 AND id = 99)', [1, 2, 3, 4, 5]], ['null OR true is true', 'price > 0 OR id = 2', [1, 2, 3]],
  ['comparison with null is null, on either side', 'NOT (price = null)', []], ['IN with a null value is null', 'NOT (price IN (10, 20))', [3, 4, 5]],
];

/** [expression, value of each row] */
const VALUES = [
  ['price * 2', [20, null, 501, -6, NaN]], ['price + qty', [12, null, 257.5, -7, NaN]], ['id - 1', [0, 1, 2, 3, 4]], ['qty / 2', [1, 0, 3.5, -2, 50]], ['id / 0', [Infinity, Infinity, Infinity, Infinity, Infinity]], ['id > 3', [false, false, false, true, true]], ["'x'", ['x', 'x', 'x', 'x', 'x']],
  ["CASE WHEN id = 1 THEN 'one' WHEN id = 2 THEN 'two' END", ['one', 'two', null, null, null]], ["CASE id WHEN 1 THEN 'one' ELSE 'more' END", ['one', 'more', 'more', 'more', 'more']], ["ok ? 'yes' : 'no'", ['yes', 'no', 'no', 'yes', 'no']],
  ['upper(name)', ['ANNA', 'BERT', null, 'ÄRGER', "O'NEIL"]], ['lower(name)', ['anna', 'bert', null, 'ärger', "o'neil"]], ['length(name)', [4, 4, null, 5, 6]], ['abs(qty)', [2, 0, 7, 4, 100]], ['round(price)', [10, null, 251, -3, NaN]], ['floor(price)', [10, null, 250, -3, NaN]], ['ceil(price)', [10, null, 251, -3, NaN]],
  ['coalesce(price, 0)', [10, 0, 250.5, -3, NaN]], ['year(at)', [2024, null, 1969, 2024, 2025]], ['month(at)', [1, null, 12, 6, 1]], ['day(at)', [31, null, 31, 1, 1]], ['hour(at)', [0, null, 23, 12, 0]],
];

/** [expression, what the message must show, code] */
const BAD = [
  ['price >', /7|8|end/i], ['price > > 1', /8|9/], ['(price > 1', /\)|10|11|end/i], ['price > 1)', /10|\)/], ["name = 'open", /7|8|quote|string|text/i], ['price = 1 AND', /13|14|end/i], ['', /empty|0|1|expression/i], ['price IN ()', /10|11|\)/], ['price BETWEEN 1', /and/i], ['CASE WHEN ok THEN 1', /end/i],
  ['price ? 1', /:|9|10|end/], ['1 2', /2|3/], ['price # 1', /6|7|#/], ['prise > 1', /price/], ["nam = 'x'", /name/], ['uper(name) = name', /upper/], ["price = 'x'", /price|number|text|utf8/i], ['name > 5', /name|number|text|utf8/i], ["name + 1 > 2", /name|number|text|utf8/i], ['NOT price', /price|bool|truth|true/i], ['upper(price) = 1', /upper|price|text/], ['upper(name, name) = name', /upper|argument/i], ['abs() > 1', /abs|argument/i],
];

export default [
  ...FILTERS.map(([expression, ids]) => ({
    name: `expression: ${expression}`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      sameValues(assert, await (await table.filter(expression)).column('id'), ids, 'filter');
      for (const [form, data] of [['rows', ROWS], ['columns', columnsOf(ROWS)], ['table', table]]) sameValues(assert, pluck(await asRows((await service.transform(data, { transformations: [], where: expression, select: ['id'] })).data), 'id'), ids, form);
    },
  })),
  ...TRUTH.map(([name, expression, ids]) => ({
    name: `expression: ${name}`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS);
      sameValues(assert, await (await table.filter(expression)).column('id'), ids, 'filter');
      sameValues(assert, (await service.transform(ROWS, { transformations: [], where: expression })).data.map((r) => r.id), ids, 'rows');
    },
  })),
  ...VALUES.map(([expr, values]) => ({
    name: `expression: the values of ${expr}`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), transformations = [{ field: 'x', operation: 'expression', args: { expr } }];
      for (const [form, data] of [['rows', ROWS], ['columns', columnsOf(ROWS)], ['table', table]]) sameValues(assert, pluck(await asRows((await service.transform(data, { transformations, select: ['x'] })).data), 'x'), values, form);
    },
  })),
  ...BAD.map(([expression, pattern]) => ({
    name: `expression: ${expression || '(nothing)'} is refused and the message points at it`,
    async run({ createData, assert }) {
      const service = createData(), table = await service.load(ROWS), messages = [];
      for (const attempt of [() => table.filter(expression), () => service.transform(ROWS, { transformations: [], where: expression }), () => service.aggregate(columnsOf(ROWS), { operations: [], groupBy: ['id'], where: expression })]) {
        const error = await assert.code(attempt, ['PARSE', 'INVALID_ARGUMENT'], expression);
        assert.ok(pattern.test(error.message), `the message shows ${pattern}: ${error.message}`);
        messages.push(error.message.replace(/^[^"'`]*?:/, ''));
      }
      sameRows(assert, [{ n: (await table.filter('id > 0')).rowCount }], [{ n: 5 }], 'the table goes on');
    },
  })),
  {
    name: 'expression: what is no string is refused',
    async run({ createData, assert }) {
      const table = await createData().load(ROWS);
      for (const bad of [null, undefined, 5, {}, () => true, ['id > 1']]) await assert.code(() => table.filter(bad), 'INVALID_ARGUMENT', String(bad));
    },
  },
  {
    name: 'expression: nesting is limited, not the stack',
    async run({ createData, assert }) {
      const table = await createData().load(ROWS), nested = (n) => `${'('.repeat(n)}id > 1${')'.repeat(n)}`;
      assert.equal((await table.filter(nested(100))).rowCount, 4);
      for (const text of [nested(100_000), `${'NOT '.repeat(100_000)}ok`, `${'-'.repeat(100_000)}id > 1`, `id${' + 1'.repeat(100_000)} > 1`]) {
        const { error } = await assert.settles(table.filter(text), 10_000);
        if (error) await assert.code(() => { throw error; }, ['PARSE', 'TOO_LARGE', 'INVALID_ARGUMENT']);
      }
      assert.equal((await table.filter('id > 1')).rowCount, 4);
    },
  },
  {
    name: 'expression: it runs no JavaScript',
    async run({ createData, assert }) {
      const table = await createData().load(ROWS);
      globalThis.ranIt = 0;
      for (const text of ['globalThis.ranIt = 1', 'constructor.constructor("ranIt = 1")()', '(() => { ranIt = 1 })()', '`${ranIt = 1}`', 'id > 1; ranIt = 1', '__proto__.x = 1', 'this.ranIt']) await assert.code(table.filter(text), ['PARSE', 'INVALID_ARGUMENT'], text);
      assert.equal(globalThis.ranIt, 0);
      delete globalThis.ranIt;
    },
  },
  {
    name: 'expression: names that are no words stand in double quotes or backticks',
    async run({ createData, assert }) {
      const service = createData(), rows = [{ 'unit price': 1, 'größe': 5, select: 2 }, { 'unit price': 3, 'größe': 6, select: 4 }], table = await service.load(rows);
      assert.equal((await table.filter('"unit price" > 2')).rowCount, 1);
      assert.equal((await table.filter('größe > 5')).rowCount, 1);
      assert.equal((await table.filter('select > 2')).rowCount, 1);
      assert.equal((await service.transform(rows, { transformations: [], where: '"unit price" > 2' })).data.length, 1);
    },
  },
  {
    name: 'expression: the names of Object.prototype are columns only where there are such columns',
    async run({ createData, assert }) {
      const service = createData(), rows = JSON.parse('[{"__proto__": 1, "constructor": 5}, {"__proto__": 2, "constructor": 6}]'), table = await service.load(rows);
      assert.equal((await table.filter('__proto__ = 2 AND constructor > 5')).rowCount, 1);
      assert.equal((await service.transform(rows, { transformations: [], where: '__proto__ = 2' })).data.length, 1);
      const plain = await service.load([{ a: 1 }]);
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) await assert.code(plain.filter(`${name} IS NOT NULL`), ['PARSE', 'INVALID_ARGUMENT'], name);
    },
  },
];
